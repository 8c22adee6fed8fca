import { expect } from 'vitest';

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The promise. Left out for figures that are only told. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** How this run differs from the promise's size, in words. */
  readonly scaledDown?: string;
}

/** Prints a figure beside its bound, then holds it to the bound. */
export function proveFigure({ what, value, unit, atMost, atLeast, scaledDown }: Figure): void {
  const bound = [
    atMost === undefined ? '' : `at most ${format(atMost)} ${unit}`,
    atLeast === undefined ? '' : `at least ${format(atLeast)} ${unit}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
  const note = scaledDown === undefined ? '' : ` — scaled down: ${scaledDown}`;
  process.stdout.write(`  ▸ ${what}: ${format(value)} ${unit}${bound === '' ? '' : ` (${bound})`}${note}\n`);
  if (atMost !== undefined) expect(value, what).toBeLessThanOrEqual(atMost);
  if (atLeast !== undefined) expect(value, what).toBeGreaterThanOrEqual(atLeast);
}

function format(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: 2 });
}
