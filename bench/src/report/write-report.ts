/** Results as files: for people (Markdown), for programs (JSON), for the docs (SVG). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeBounds } from './bounds.ts';
import { medianOf, OURS, type Results, type ScenarioResults } from './results.ts';
import { type ChartGroup, drawBars } from './svg-chart.ts';
import { boundsTable, scenarioTable, toMarkdown } from './tables.ts';

const FLOOR = 'bare-ws';

export function writeReport(results: Results, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(join(folder, 'results.md'), describe(results));
  writeFileSync(join(folder, 'results.svg'), drawBars('What each relay costs (shorter is better)', results.scenarios.flatMap(group)));
}

function describe(results: Results): string {
  const { machine, date, scale, runs, measureMs, warmUpMs, scenarios } = results;
  const loads = scenarios.flatMap(({ loadAverages }) => loadAverages);
  const parts = [
    '# Relays, measured',
    `${date.slice(0, 10)}, ${machine.processor} (${machine.cores} cores), Linux ${machine.kernel}, Node ${machine.node} for every relay. ${sentence(scale, 'Sizes')}`,
    `Up to ${runs} alternating runs of ${measureMs / 1000} s after ${warmUpMs / 1000} s of warm-up; medians, ± half the distance between the extremes. Load average of the machine before the runs: ${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}. CPU is that of the whole process tree of a relay. Every edit of every run was seen to arrive at every client; a run in which one did not is counted as failed.`,
    '![What each relay costs](results.svg)',
  ];
  for (const scenario of scenarios) {
    parts.push(`## ${scenario.id}`, `${scenario.description}.`, toMarkdown(scenarioTable(scenario)));
    for (const { name, failures } of scenario.contenders) for (const failure of failures) parts.push(`Failed run of ${name}: ${failure}`);
  }
  parts.push('## What was promised', toMarkdown(boundsTable(judgeBounds(results))));
  return `${parts.join('\n\n')}\n`;
}

function sentence(scale: number, what: string): string {
  return scale === 1 ? `${what} in full.` : `**${what} scaled to ${scale} of the full ones.**`;
}

function group(scenario: ScenarioResults): ChartGroup[] {
  const main = scenario.columns.find(({ isMain }) => isMain === true);
  if (main === undefined) return [];
  const bars = scenario.contenders
    .map((contender) => ({
      label: contender.shortName,
      value: medianOf(contender, main.key),
      role: contender.id === OURS ? ('ours' as const) : contender.id === FLOOR ? ('floor' as const) : ('other' as const),
    }))
    .filter(({ value }) => !Number.isNaN(value));
  return bars.length === 0 ? [] : [{ title: `${scenario.id}: ${main.label}`, unit: main.unit, bars }];
}
