/** Results as files: for people (Markdown), for programs (JSON), for pages (SVG). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBars } from './bar-chart.ts';
import { BAR_CHART, describeResults, GROWTH_CHART } from './describe-results.ts';
import { drawGrowth } from './line-chart.ts';
import type { Results } from './results.ts';

const RESULTS = 'results.json';

export function writeReport(results: Results, folder: string): void {
  writeFiguresAndCharts(results, folder);
  writeFileSync(join(folder, 'results.md'), `# Relays, measured\n\n${describeResults(results, { heading: '##', charts: '' })}`);
}

export function writeFiguresAndCharts(results: Results, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, RESULTS), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(join(folder, BAR_CHART), drawBars('What each relay costs (shorter is better)', results.scenarios));
  writeFileSync(join(folder, GROWTH_CHART), drawGrowth('How costs grow (both axes logarithmic)', results.scenarios));
}

/** What was written there before; nothing when there is none. */
export function readResults(folder: string): Results {
  const path = join(folder, RESULTS);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : { scenarios: [] };
}
