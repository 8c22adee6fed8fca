/**
 * The figures of docs/performance.md: between two marks, written from docs/performance/results.json and from nothing else,
 * so that the page cannot say anything that was not measured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeResults } from './describe-results.ts';
import type { Results } from './results.ts';
import { readResults, writeFiguresAndCharts } from './write-report.ts';

const DOCS = resolve(import.meta.dirname, '../../../docs');
const PAGE = join(DOCS, 'performance.md');
const BEGIN = '<!-- figures: written by `npm run bench -- --docs` -->';
const END = '<!-- end of the figures -->';

export const PAGE_FIGURES = join(DOCS, 'performance');

export function writePage(results: Results): void {
  writeFiguresAndCharts(results, PAGE_FIGURES);
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), results));
}

/** The page as it is, and as its figures say that it should be. */
export function comparePage(): { readonly is: string; readonly shouldBe: string } {
  const is = readFileSync(PAGE, 'utf8');
  return { is, shouldBe: withFigures(is, readResults(PAGE_FIGURES)) };
}

/** @throws when the page has no place for figures. */
export function withFigures(page: string, results: Results): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error('docs/performance.md has no place for figures');
  const figures = results.scenarios.length === 0 ? '' : `${describeResults(results, { heading: '###', charts: 'performance/' })}\n`;
  return `${page.slice(0, begin)}${BEGIN}\n\n${figures}${page.slice(end)}`;
}
