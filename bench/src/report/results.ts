/** All that a whole run found out, as it goes into results.json. */
import type { ContenderId } from '../contenders/contender.ts';
import type { Machine } from '../measure/machine.ts';
import { median, spread } from '../measure/statistics.ts';
import type { Bound, Column, Figures } from '../scenarios/scenario.ts';

export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly scale: number;
  readonly runs: number;
  readonly measureMs: number;
  readonly warmUpMs: number;
  readonly scenarios: readonly ScenarioResults[];
}

export interface ScenarioResults {
  readonly id: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly bounds: readonly Bound[];
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
