import { cpus, loadavg, release, totalmem } from 'node:os';

/** On what, and how quiet it was: a figure without this says little. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** Processes that wanted to run, on average over the last minute. */
export function loadAverage(): number {
  return loadavg()[0] ?? Number.NaN;
}
