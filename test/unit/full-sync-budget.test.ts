import { describe, expect, test } from 'vitest';
import { FullSyncBudget, lackingPart } from '../../server/rooms/members/full-sync-budget';
import { ManualClock } from '../support/manual-clock';

/** How often one may ask in one moment, at most `most` times. */
function answers(budget: FullSyncBudget, lacking: number, { ofLargest = 0, most = 500 } = {}): number {
  let count = 0;
  for (; count < most && budget.covers(lacking); count++) budget.charge(lacking, ofLargest);
  return count;
}

const budgetOf = (perMinute: number, clock = new ManualClock()) => new FullSyncBudget({ clock, perMinute });

describe('how often a connection may ask', () => {
  test.each([
    [1, 12],
    [0.5, 24],
    [0.25, 48],
    [0.1, 120],
  ])('who lacks %d of the document gets so much of it that it comes to twelve whole ones (R1)', (lacking, allowed) => {
    expect(answers(budgetOf(12), lacking)).toBe(allowed);
  });

  test('who lacks next to nothing gets it as often as it likes (R1)', () => {
    expect(answers(budgetOf(12), 1e-6, { most: 100_000 })).toBe(100_000);
  });

  test('again as time passes, and never more than so many at once (R1)', () => {
    const clock = new ManualClock();
    const budget = budgetOf(2, clock);
    expect(answers(budget, 1)).toBe(2);
    clock.tick(14_999);
    expect(budget.covers(1)).toBe(false);
    clock.tick(1);
    expect(budget.covers(1)).toBe(true);
    clock.tick(600_000);
    expect(answers(budget, 1)).toBe(2);
  });

  test('an answer costs its bytes where they are more than what was lacking: the delete set is in all of them (R2)', () => {
    expect(answers(budgetOf(12), 0, { ofLargest: 0.1 })).toBe(121);
    expect(answers(budgetOf(12), 0.01, { ofLargest: 0.5 })).toBe(24);
    expect(answers(budgetOf(12), 0.5, { ofLargest: 0.1 })).toBe(24);
  });

  test('what was next to nothing takes no whole document away (R1)', () => {
    const budget = budgetOf(12);
    answers(budget, 0, { ofLargest: 1e-6, most: 1_000 });
    expect(answers(budget, 1)).toBe(12);
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
