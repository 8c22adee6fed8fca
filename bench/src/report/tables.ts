/** The same rows for the terminal and for Markdown. */
import type { Column } from '../scenarios/scenario.ts';
import type { Verdict } from './bounds.ts';
import { type ContenderResults, findContender, medianOf, OURS, type ScenarioResults, spreadOf } from './results.ts';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const WORTH_TELLING = 0.005;

/** One row a relay: medians with their spread, and how many times ours its main figure is. */
export function scenarioTable(scenario: ScenarioResults): Table {
  const main = scenario.columns.find(({ isMain }) => isMain === true);
  const ours = main === undefined ? Number.NaN : medianOf(findContender(scenario, OURS), main.key);
  const head = ['', ...scenario.columns.map(({ label, unit }) => `${label}, ${unit}`), 'Weft ÷ it'];
  const rows = scenario.contenders.map((contender) => [
    contender.name,
    ...scenario.columns.map((column) => cell(contender, column)),
    main === undefined ? '' : times(ours / medianOf(contender, main.key)),
  ]);
  return { head, rows };
}

export function boundsTable(verdicts: readonly Verdict[]): Table {
  return {
    head: ['', 'what', 'found', 'promised', ''],
    rows: verdicts.map(({ scenario, what, found, bound, isKept }) => [scenario, what, found, bound, words(isKept)]),
  };
}

export function toMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function toText({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))).join('  '))
    .join('\n');
}

function cell(contender: ContenderResults, column: Column): string {
  const value = medianOf(contender, column.key);
  if (Number.isNaN(value)) return contender.failures.length > 0 ? 'failed' : '–';
  const digits = { minimumFractionDigits: column.digits, maximumFractionDigits: column.digits };
  const apart = spreadOf(contender, column.key);
  return `${value.toLocaleString('en', digits)}${column.isMain === true && apart > WORTH_TELLING ? ` ±${Math.round(apart * 100)}%` : ''}`;
}

function times(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : ratio.toFixed(2);
}

function words(isKept: boolean | undefined): string {
  return isKept === undefined ? '?' : isKept ? 'kept' : 'NOT kept';
}
