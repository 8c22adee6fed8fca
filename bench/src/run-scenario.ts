/** Runs one scenario on all its relays in turn, again and again: what the machine does meanwhile meets everybody alike. */

import type { Contender } from './contenders/contender.ts';
import { contenderOf } from './contenders/contenders.ts';
import { RunningRelay } from './contenders/running-relay.ts';
import { GeneratorProcess } from './generator/generator-process.ts';
import { loadAverage } from './measure/machine.ts';
import type { Options } from './options.ts';
import type { ContenderResults, ScenarioResults } from './report/results.ts';
import type { Figures, Scenario, Stage } from './scenarios/scenario.ts';

export async function runScenario(scenario: Scenario, options: Options, tell: (line: string) => void): Promise<ScenarioResults> {
  const ids = options.builds.before === undefined ? scenario.contenders : [...scenario.contenders, 'ours-before' as const];
  const contenders = ids.filter((id) => options.contenders.includes(id)).map(contenderOf);
  const found = new Map(contenders.map((contender) => [contender, { runs: [] as Figures[], failures: [] as string[] }]));
  const runs = Math.min(options.runs, scenario.mostRuns ?? options.runs);
  const loadAverages: number[] = [];
  const stage = await scenario.prepare?.();
  for (let run = 0; run < runs; run++) {
    loadAverages.push(loadAverage());
    for (let turn = 0; turn < contenders.length; turn++) {
      // Another one goes first each time.
      const contender = contenders[(turn + run) % contenders.length] as Contender;
      const line = `${scenario.id} ${run + 1}/${runs} ${contender.shortName}`;
      try {
        const figures = await runOnce(scenario, contender, options, { run, stage });
        found.get(contender)?.runs.push(figures);
        tell(`${line}: ${summary(scenario, figures)}`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        found.get(contender)?.failures.push(message);
        tell(`${line} FAILED: ${message}`);
      }
    }
  }
  await stage?.end();
  return {
    id: scenario.id,
    description: scenario.describe(options.sizes),
    columns: scenario.columns,
    bounds: scenario.bounds,
    loadAverages,
    contenders: contenders.map((contender) => resultsOf(contender, scenario.nameOf?.(contender) ?? contender.name, found.get(contender))),
  };
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
  found: { runs: Figures[]; failures: string[] } | undefined,
): ContenderResults {
  return { id, name, shortName, runs: found?.runs ?? [], failures: found?.failures ?? [] };
}

function summary({ columns }: Scenario, figures: Figures): string {
  return columns.map(({ key, label, unit, digits }) => `${label} ${(figures[key] ?? Number.NaN).toFixed(digits)} ${unit}`).join(', ');
}
