import { describe, expect, it } from 'vitest';
import { ReadBudget, type ReadRates } from '../../server/transports/read-budget';

const rates: ReadRates = { messagesPerSecond: 10, messagesBurst: 20, bytesPerSecond: 1_000, bytesBurst: 5_000 };

describe('a read budget', () => {
  it('R1: lets a burst through at once, and the rate for ever', () => {
    const budget = new ReadBudget(rates, 0);
    for (let count = 0; count < 20; count++) expect(budget.take(1, rates, 0)).toBe(true);
    expect(budget.take(1, rates, 0)).toBe(false);
    const steady = new ReadBudget(rates, 0);
    for (let count = 0; count < 1_000; count++) expect(steady.take(100, rates, count * 100)).toBe(true);
  });

  it('R2: messages beyond the burst are paid off at the rate', () => {
    const budget = new ReadBudget(rates, 0);
    for (let count = 0; count < 50; count++) budget.take(1, rates, 0);
    expect(budget.isInCredit(rates, 2_900)).toBe(false);
    expect(budget.isInCredit(rates, 3_000)).toBe(true);
  });

  it('R2: bytes beyond the burst are paid off at the rate', () => {
    const budget = new ReadBudget(rates, 0);
    expect(budget.take(7_000, rates, 0)).toBe(false);
    expect(budget.isInCredit(rates, 1_999)).toBe(false);
    expect(budget.isInCredit(rates, 2_000)).toBe(true);
  });

  it('R3: a long silence saves up no more than the burst', () => {
    const budget = new ReadBudget(rates, 0);
    for (let count = 0; count < 20; count++) expect(budget.take(1, rates, 1_000_000)).toBe(true);
    expect(budget.take(1, rates, 1_000_000)).toBe(false);
  });

  it('R3: a clock that goes back pays nothing, and nothing twice', () => {
    const budget = new ReadBudget(rates, 10_000);
    for (let count = 0; count < 30; count++) budget.take(1, rates, 10_000);
    expect(budget.isInCredit(rates, 0)).toBe(false);
    expect(budget.isInCredit(rates, 10_900)).toBe(false);
    expect(budget.isInCredit(rates, 11_000)).toBe(true);
  });
});
