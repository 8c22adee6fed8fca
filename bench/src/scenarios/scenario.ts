/** One kind of load, what it measures, and what must come out. */
import type { Contender, ContenderId } from '../contenders/contender.ts';
import type { RunningRelay } from '../contenders/running-relay.ts';
import type { GeneratorProcess } from '../generator/generator-process.ts';

/** One figure of one run, by the key of its column. */
export type Figures = Readonly<Record<string, number>>;

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  /** The one that ratios are made of, and the chart shows. */
  readonly isMain?: boolean;
}

/** How one figure grows with one size: a row of measurements. */
export interface Curve {
  readonly title: string;
  /** What grows. */
  readonly axis: string;
  readonly unit: string;
  readonly digits: number;
  readonly points: readonly { readonly size: number; readonly key: string }[];
}

export interface Bound {
  readonly key: string;
  /** Absolute when `than` is missing. */
  readonly than?: ContenderId;
  /** The figure of another scenario's, of ours. */
  readonly thanScenario?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Added to what it is compared with, in the column's unit. */
  readonly plus?: number;
}

/** What a scenario needs besides relays: set up before all of its runs. */
export interface Stage {
  readonly origin: string;
  end(): Promise<void>;
}

export interface Surroundings {
  readonly relay: RunningRelay;
  readonly generator: GeneratorProcess;
  readonly stage: Stage | undefined;
  readonly sizes: Sizes;
  readonly seed: number;
}

/** How much of the full size, and for how long. */
export interface Sizes {
  readonly scale: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Scenario {
  readonly id: string;
  describe(sizes: Sizes): string;
  /** About how long one run of one contender takes: for telling how long is left. */
  seconds(sizes: Sizes): number;
  readonly contenders: readonly ContenderId[];
  readonly columns: readonly Column[];
  readonly bounds: readonly Bound[];
  curves?(sizes: Sizes): readonly Curve[];
  /** Whether relays are to keep documents over a restart. */
  readonly keepsDocuments?: boolean;
  /** What its rows are called, where a relay's name would not say all. */
  nameOf?(contender: Contender): string;
  prepare?(): Promise<Stage>;
  /** Runs that are enough, where one takes long. */
  readonly mostRuns?: number;
  run(surroundings: Surroundings): Promise<Figures>;
}

export function scaled(count: number, { scale }: Sizes, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}
