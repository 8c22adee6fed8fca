/** Runs one scenario on all its relays in turn, again and again: what the machine does meanwhile meets everybody alike. */

import type { Contender } from './contenders/contender.ts';
import { contenderOf } from './contenders/contenders.ts';
import { RunningRelay } from './contenders/running-relay.ts';
import { GeneratorProcess } from './generator/generator-process.ts';
import { loadAverage } from './measure/machine.ts';
import type { Options } from './options.ts';
import type { Progress, Step } from './progress.ts';
import type { ContenderResults, RunFacts, ScenarioResults } from './report/results.ts';
import type { Figures, Scenario, Stage } from './scenarios/scenario.ts';

/** In the order in which they are run. */
export function stepsOf(scenario: Scenario, options: Options): readonly Step[] {
  const seconds = scenario.seconds(options.sizes);
  return turnsOf(scenario, options).map(({ contender, run, runs }) => ({
    what: `${scenario.id}, run ${run + 1} of ${runs}: ${scenario.nameOf?.(contender) ?? contender.name}`,
    seconds,
  }));
}

export async function runScenario(scenario: Scenario, options: Options, facts: RunFacts, progress: Progress): Promise<ScenarioResults> {
  const contenders = contendersOf(scenario, options);
  const found = new Map(contenders.map((contender) => [contender, { runs: [] as Figures[], failures: [] as string[] }]));
  const loadAverages: number[] = [];
  const stage = await scenario.prepare?.();
  for (const { contender, run, isFirst } of turnsOf(scenario, options)) {
    if (isFirst) loadAverages.push(loadAverage());
    progress.next();
    try {
      const figures = await runOnce(scenario, contender, options, { run, stage });
      found.get(contender)?.runs.push(figures);
      progress.tell(summary(scenario, figures));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      found.get(contender)?.failures.push(message);
      progress.tell(`FAILED: ${message}`);
    }
  }
  await stage?.end();
  return {
    id: scenario.id,
    facts,
    description: scenario.describe(options.sizes),
    columns: scenario.columns,
    bounds: scenario.bounds,
    curves: scenario.curves?.(options.sizes) ?? [],
    loadAverages,
    contenders: contenders.map((contender) => resultsOf(contender, scenario.nameOf?.(contender) ?? contender.name, found.get(contender))),
  };
}

interface Turn {
  readonly contender: Contender;
  readonly run: number;
  readonly runs: number;
  readonly isFirst: boolean;
}

function turnsOf(scenario: Scenario, options: Options): readonly Turn[] {
  const contenders = contendersOf(scenario, options);
  const runs = Math.min(options.runs, scenario.mostRuns ?? options.runs);
  return Array.from({ length: runs }, (_, run) =>
    contenders.map((_, turn): Turn => {
      // Another one goes first each time.
      const contender = contenders[(turn + run) % contenders.length] as Contender;
      return { contender, run, runs, isFirst: turn === 0 };
    }),
  ).flat();
}

function contendersOf(scenario: Scenario, { builds, contenders }: Options): readonly Contender[] {
  const ids = builds.before === undefined ? scenario.contenders : [...scenario.contenders, 'ours-before' as const];
  return ids.filter((id) => contenders.includes(id)).map(contenderOf);
}

async function runOnce(
  scenario: Scenario,
  contender: Contender,
  { profileFolder, builds, sizes, seed }: Options,
  { run, stage }: { readonly run: number; readonly stage: Stage | undefined },
): Promise<Figures> {
  const { keepsDocuments = false } = scenario;
  const origins = stage === undefined ? [] : [stage.origin];
  const relay = await RunningRelay.start(contender, { builds, keepsDocuments, origins, profileFolder });
  const generator = new GeneratorProcess();
  try {
    return await scenario.run({ relay, generator, stage, sizes, seed: seed + run });
  } finally {
    generator.end();
    await relay.end();
  }
}

function resultsOf(
  { id, shortName }: Contender,
  name: string,
  found: { readonly runs: readonly Figures[]; readonly failures: readonly string[] } | undefined,
): ContenderResults {
  return { id, name, shortName, runs: found?.runs ?? [], failures: found?.failures ?? [] };
}

function summary({ columns }: Scenario, figures: Figures): string {
  const known = new Set(columns.map(({ key }) => key));
  return [
    // Figures without a column are points of a curve: their keys are sizes.
    ...Object.entries(figures)
      .filter(([key]) => !known.has(key) && /^\d+$/.test(key))
      .map(([size, value]) => `at ${size} ${value.toFixed(1)}`),
    ...columns
      .filter(({ key }) => !Number.isNaN(figures[key] ?? Number.NaN))
      .map(({ key, label, unit, digits }) => `${label} ${(figures[key] as number).toFixed(digits)} ${unit}`),
  ].join(', ');
}
