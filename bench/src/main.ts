/**
 * The bench's process: flags in, relays measured, tables out. Ends with 1 when a run failed, because then some relay lost
 * an edit or did not work at all; a promise that does not hold is told, and is no failure of the bench.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { OUR_RELAY } from './contenders/contenders.ts';
import { describeMachine } from './measure/machine.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { Progress } from './progress.ts';
import { judgeBounds, judgeScenario } from './report/bounds.ts';
import { PAGE_FIGURES, writePage } from './report/performance-page.ts';
import { mergeResults, type Results, type RunFacts, type ScenarioResults } from './report/results.ts';
import { boundsTable, curveTable, notesOn, scenarioTable, summaryTable, toText } from './report/tables.ts';
import { readResults, writeReport } from './report/write-report.ts';
import { runScenario, stepsOf } from './run-scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

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

/** The relay, and the page that it serves. */
function buildOurs(): void {
  const { status } = spawnSync(process.execPath, ['scripts/ensure-built.mjs', 'relay', 'app'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('Our own relay could not be built.');
}

async function measure(options: Options): Promise<void> {
  const { runs, sizes, out, isForDocs } = options;
  const facts: RunFacts = { startedAt: new Date().toISOString(), commit: commitOf(ROOT), machine: describeMachine(), runs, ...sizes };
  const progress = new Progress(
    options.scenarios.flatMap((scenario) => stepsOf(scenario, options)),
    tell,
  );
  if (sizes.scale !== 1) tell(`Sizes are scaled to ${sizes.scale} of the full ones.`);
  const scenarios: ScenarioResults[] = [];
  for (const scenario of options.scenarios) {
    scenarios.push(await runScenario(scenario, options, facts, progress));
    const results: Results = { scenarios };
    show(results, scenarios.at(-1) as ScenarioResults);
    // After each scenario: a long run that is interrupted has not been for nothing.
    if (out !== undefined) writeReport(results, out);
    if (isForDocs) writePage(mergeResults(readResults(PAGE_FIGURES), results, allIds()));
  }
  const results: Results = { scenarios };
  process.stdout.write(`\n${toText(summaryTable(results))}\n\n${toText(boundsTable(judgeBounds(results)))}\n`);
  if (scenarios.some(({ contenders }) => contenders.some(({ failures }) => failures.length > 0))) process.exitCode = 1;
}

function show(results: Results, scenario: ScenarioResults): void {
  const verdicts = judgeScenario(results, scenario);
  const parts = [
    `${scenario.id}: ${scenario.description}`,
    ...(scenario.curves.length > 0
      ? scenario.curves.map((curve) => toText(curveTable(scenario, curve)))
      : [toText(scenarioTable(scenario))]),
    ...(verdicts.length > 0 ? [toText(boundsTable(verdicts))] : []),
    ...notesOn(scenario),
  ];
  process.stdout.write(`\n${parts.join('\n')}\n\n`);
}

function allIds(): readonly string[] {
  return SCENARIOS.map(({ id }) => id);
}

function commitOf(folder: string): string {
  const git = (...words: string[]) => spawnSync('git', words, { cwd: folder, encoding: 'utf8' });
  const { status, stdout } = git('rev-parse', '--short', 'HEAD');
  if (status !== 0) return 'an unknown commit';
  return `${stdout.trim()}${git('status', '--porcelain').stdout.trim() === '' ? '' : '+'}`;
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
