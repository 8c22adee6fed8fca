/** The same rows for the terminal and for Markdown. */

import type { ContenderId } from '../contenders/contender.ts';
import { contenderOf } from '../contenders/contenders.ts';
import type { Column, Curve } from '../scenarios/scenario.ts';
import { GENERATOR_BUSY } from '../scenarios/typing-scenario.ts';
import type { Verdict } from './bounds.ts';
import {
  type ContenderResults,
  findContender,
  growthOf,
  mainColumn,
  medianOf,
  OURS,
  type Results,
  type ScenarioResults,
  spreadOf,
} from './results.ts';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const WORTH_TELLING = 0.005;
/** Of a core, in percent: from here on the generator sends and receives as much as it can. */
const AT_ITS_LIMIT = 90;
const SIDE_BY_SIDE: readonly ContenderId[] = ['bare-ws', 'y-websocket-server', 'y-websocket-leveldb', 'hocuspocus', 'ours'];

/** One row a relay: medians with their spread, and how many times ours its main figure is. */
export function scenarioTable(scenario: ScenarioResults): Table {
  const main = mainColumn(scenario);
  const ours = main === undefined ? Number.NaN : medianOf(findContender(scenario, OURS), main.key);
  const columns = scenario.columns.filter(({ key }) => scenario.contenders.some((contender) => !Number.isNaN(medianOf(contender, key))));
  return {
    head: ['', ...columns.map(({ label, unit }) => `${label}, ${unit}`), ...(main === undefined ? [] : ['Weft ÷ it'])],
    rows: scenario.contenders.map((contender) => [
      contender.name,
      ...columns.map((column) => cell(contender, column)),
      ...(main === undefined ? [] : [times(ours / medianOf(contender, main.key))]),
    ]),
  };
}

/** One row a relay, one column a size, and the power of the size that the cost grows with. */
export function curveTable({ contenders }: ScenarioResults, curve: Curve): Table {
  return {
    head: [`${curve.title}, ${curve.unit}; ${curve.axis}:`, ...curve.points.map(({ size }) => size.toLocaleString('en')), 'growth'],
    rows: contenders.map((contender) => [
      contender.name,
      ...curve.points.map(({ key }) => cell(contender, { ...curve, key })),
      powerWords(growthOf(contender, curve)),
    ]),
  };
}

/** `n^0.12 ± 0.03`: what n times the size does to the cost. */
export function powerWords({ power, spread }: { readonly power: number; readonly spread: number }): string {
  if (Number.isNaN(power)) return '–';
  return `n^${power.toFixed(2)}${Number.isNaN(spread) ? '' : ` ± ${spread.toFixed(2)}`}`;
}

/** The main figure of every scenario, all relays side by side, and how many times theirs ours is. */
export function summaryTable({ scenarios }: Results): Table {
  const rows = scenarios.flatMap((scenario) => {
    const main = mainColumn(scenario);
    if (main === undefined) return [];
    const ours = medianOf(findContender(scenario, OURS), main.key);
    const cells = SIDE_BY_SIDE.map((id) => {
      const contender = findContender(scenario, id);
      if (contender === undefined) return '';
      const ratio = ours / medianOf(contender, main.key);
      return `${cell(contender, main)}${id === OURS || Number.isNaN(ratio) ? '' : ` · ${times(ratio)}`}`;
    });
    return [[`${scenario.id}: ${main.label}, ${main.unit}`, ...cells]];
  });
  return { head: ['figure · Weft ÷ it', ...SIDE_BY_SIDE.map((id) => contenderOf(id).shortName)], rows };
}

export function boundsTable(verdicts: readonly Verdict[]): Table {
  return {
    head: ['', 'what', 'found', 'promised', ''],
    rows: verdicts.map(({ scenario, what, found, bound, judgement }) => [scenario, what, found, bound, judgement]),
  };
}

/** What a reader has to know before believing a figure. */
export function notesOn({ contenders, facts }: ScenarioResults): readonly string[] {
  const limited = contenders.filter((contender) => medianOf(contender, GENERATOR_BUSY) >= AT_ITS_LIMIT);
  return [
    ...limited.map(
      (contender) =>
        `The generator was the limit with ${contender.shortName}, ${Math.round(medianOf(contender, GENERATOR_BUSY))} % busy: it can do more than is told here.`,
    ),
    ...contenders.flatMap(({ name, failures }) => failures.map((failure) => `A run of ${name} failed: ${failure}.`)),
    ...(facts.scale === 1 ? [] : [`Sizes are scaled to ${facts.scale} of the full ones: what was promised was promised of those.`]),
  ];
}

export function toMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function toText({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const padded = (text: string, column: number) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0));
  return all.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

function cell(contender: ContenderResults, column: Pick<Column, 'key' | 'digits'>): string {
  const value = medianOf(contender, column.key);
  if (Number.isNaN(value)) return contender.runs.length === 0 && contender.failures.length > 0 ? 'failed' : '–';
  const digits = { minimumFractionDigits: column.digits, maximumFractionDigits: column.digits };
  const apart = spreadOf(contender, column.key);
  return `${value.toLocaleString('en', digits)}${apart > WORTH_TELLING ? ` ±${Math.round(apart * 100)}%` : ''}`;
}

function times(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : `${ratio.toFixed(2)}×`;
}
