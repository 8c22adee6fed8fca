import { describe, expect, test } from 'vitest';
import { FullSyncBudget, lackingPart } from '../../server/rooms/members/full-sync-budget';
import { ManualClock } from '../support/manual-clock';

const times = (count: number, spend: () => boolean) => Array.from({ length: count }, spend).filter(Boolean).length;

describe('how often a connection may ask', () => {
  test('as often a minute as is allowed for at least half of the document, ten times as often for less (R1)', () => {
    for (const [lacking, allowed] of [
      [1, 12],
      [0.5, 12],
      [0.49, 120],
      [0.001, 120],
    ] as const) {
      const budget = new FullSyncBudget({ clock: new ManualClock(), perMinute: 12 });
      expect(times(500, () => budget.spend(lacking))).toBe(allowed);
    }
  });

  test('again when a minute is over (R1)', () => {
    const clock = new ManualClock();
    const budget = new FullSyncBudget({ clock, perMinute: 2 });
    expect(times(3, () => budget.spend(1))).toBe(2);
    clock.tick(59_999);
    expect(budget.spend(1)).toBe(false);
    clock.tick(1);
    expect(times(3, () => budget.spend(1))).toBe(2);
  });

  test('without an end when nothing is lacking (R2)', () => {
    const budget = new FullSyncBudget({ clock: new ManualClock(), perMinute: 1 });
    expect(times(1_000, () => budget.spend(0))).toBe(1_000);
    expect(budget.spend(1)).toBe(true);
  });

  test('what is lacking is counted in clocks of everyone', () => {
    const all = new Map([
      [1, 30],
      [2, 10],
    ]);
    expect(lackingPart(new Map(), all)).toBe(1);
    expect(lackingPart(new Map([[1, 30]]), all)).toBe(0.25);
    expect(lackingPart(new Map([[1, 99]]), all)).toBe(0.25);
    expect(lackingPart(all, all)).toBe(0);
    expect(lackingPart(new Map(), new Map())).toBe(0);
  });
});
