import { describe, expect, it } from 'vitest';
import { ConnectRate, LOOPBACK_FACTOR } from '../../server/transports/connect-rate';
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

describe('the rate of new connections', () => {
  it('is a limit per address and minute, and says how long to wait', () => {
    const rate = new ConnectRate(2);
    expect([1, 2, 3].map((second) => rate.attempt('10.0.0.1', second * 1_000))).toEqual([0, 0, 58_000]);
    expect(rate.attempt('10.0.0.2', 3_000)).toBe(0);
    expect(rate.attempt('10.0.0.1', 61_000)).toBe(0);
  });

  it('counts a whole IPv6 network as one address', () => {
    const rate = new ConnectRate(1);
    expect(rate.attempt('2001:db8:1:2:3:4:5:6', 0)).toBe(0);
    expect(rate.attempt('2001:db8:1:2::9', 0)).toBeGreaterThan(0);
    expect(rate.attempt('2001:db8:1:3::9', 0)).toBe(0);
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'is larger for loopback (%s): behind a proxy, it is everybody',
    (address) => {
      const rate = new ConnectRate(1);
      for (let count = 0; count < LOOPBACK_FACTOR; count++) expect(rate.attempt(address, 0)).toBe(0);
      expect(rate.attempt(address, 0)).toBeGreaterThan(0);
    },
  );

  it('forgets windows that have passed', () => {
    const rate = new ConnectRate(1);
    for (let minute = 0; minute < 3; minute++) {
      for (let host = 0; host < 200; host++) expect(rate.attempt(`10.0.${minute}.${host}`, minute * 60_000)).toBe(0);
    }
    expect(rate.size).toBeLessThanOrEqual(200);
  });
});
