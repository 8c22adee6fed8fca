/**
 * The bench's process: flags in, relays measured, tables out. Ends with 1 when a run failed, because then some relay lost
 * an edit or did not work at all; a promise that was not kept is told, and is no failure of the bench.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { OUR_RELAY } from './contenders/contenders.ts';
import { describeMachine } from './measure/machine.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { judgeBounds } from './report/bounds.ts';
import type { Results, ScenarioResults } from './report/results.ts';
import { boundsTable, scenarioTable, toText } from './report/tables.ts';
import { writeReport } from './report/write-report.ts';
import { runScenario } from './run-scenario.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OLDEST_NODE = 22;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  if (process.platform !== 'linux') throw new Error('CPU and memory are read from /proc: the bench needs Linux.');
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) throw new Error('Start it with `npm run bench`: it brings its own Node.');
  if (options.builds.ours === OUR_RELAY) buildOurs();
  await measure(options);
}

function buildOurs(): void {
  const { status } = spawnSync(process.execPath, ['scripts/ensure-built.mjs', 'relay'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('Our own relay could not be built.');
}

async function measure(options: Options): Promise<void> {
  const scenarios: ScenarioResults[] = [];
  const machine = describeMachine();
  const date = new Date().toISOString();
  if (options.sizes.scale !== 1) tell(`Sizes are scaled to ${options.sizes.scale} of the full ones.`);
  for (const scenario of options.scenarios) {
    const result = await runScenario(scenario, options, tell);
    scenarios.push(result);
    process.stdout.write(`\n${result.id}: ${result.description}\n${toText(scenarioTable(result))}\n\n`);
    const { runs, sizes } = options;
    const results: Results = { date, machine, runs, ...sizes, scenarios };
    // After each scenario: a long run that is interrupted has not been for nothing.
    if (options.out !== undefined) writeReport(results, options.out);
    if (scenario === options.scenarios.at(-1)) process.stdout.write(`${toText(boundsTable(judgeBounds(results)))}\n`);
  }
  if (scenarios.some(({ contenders }) => contenders.some(({ failures }) => failures.length > 0))) process.exitCode = 1;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
