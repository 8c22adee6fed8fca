/** All that runs found out, as it goes into results.json. */
import type { ContenderId } from '../contenders/contender.ts';
import { fitGrowth, type GrowthFit } from '../measure/growth-fit.ts';
import type { Machine } from '../measure/machine.ts';
import { median, spread } from '../measure/statistics.ts';
import type { Bound, Column, Curve, Figures } from '../scenarios/scenario.ts';

export interface Results {
  readonly scenarios: readonly ScenarioResults[];
}

/** What all scenarios of one start of the bench have in common. */
export interface RunFacts {
  readonly startedAt: string;
  /** The tree that was measured; `+` when it was not committed. */
  readonly commit: string;
  readonly machine: Machine;
  readonly scale: number;
  readonly runs: number;
  readonly measureMs: number;
  readonly warmUpMs: number;
}

export interface ScenarioResults {
  readonly id: string;
  readonly facts: RunFacts;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly bounds: readonly Bound[];
  readonly curves: readonly Curve[];
  /** Of the machine, before each run. */
  readonly loadAverages: readonly number[];
  readonly contenders: readonly ContenderResults[];
}

export interface ContenderResults {
  readonly id: ContenderId;
  readonly name: string;
  readonly shortName: string;
  readonly runs: readonly Figures[];
  /** What went wrong in runs that have no figures. */
  readonly failures: readonly string[];
}

export const OURS: ContenderId = 'ours';
export const FLOOR: ContenderId = 'bare-ws';

export function valuesOf(contender: ContenderResults, key: string): readonly number[] {
  return contender.runs.map((figures) => figures[key] ?? Number.NaN).filter((value) => !Number.isNaN(value));
}

export function medianOf(contender: ContenderResults | undefined, key: string): number {
  return contender === undefined ? Number.NaN : median(valuesOf(contender, key));
}

export function spreadOf(contender: ContenderResults, key: string): number {
  return spread(valuesOf(contender, key));
}

export function findContender(scenario: ScenarioResults | undefined, id: ContenderId): ContenderResults | undefined {
  return scenario?.contenders.find((contender) => contender.id === id);
}

export function mainColumn({ columns }: ScenarioResults): Column | undefined {
  return columns.find(({ isMain }) => isMain === true);
}

/** Over all runs together. */
export function growthOf(contender: ContenderResults, { points }: Curve): GrowthFit {
  return fitGrowth(points.flatMap(({ size, key }) => valuesOf(contender, key).map((cost) => [size, cost] as const)));
}

/** What was measured again takes the place of what was measured before; the order is that of `ids`. */
export function mergeResults(before: Results, now: Results, ids: readonly string[]): Results {
  const newest = (id: string) => [...now.scenarios, ...before.scenarios].find((scenario) => scenario.id === id);
  return { scenarios: ids.map(newest).filter((scenario) => scenario !== undefined) };
}
