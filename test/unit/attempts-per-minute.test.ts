import { describe, expect, it } from 'vitest';
import { AttemptsPerMinute, LOOPBACK_FACTOR } from '../../server/access/attempts-per-minute';

describe('attempts per minute', () => {
  it('R1: are limited for each address, which is told how long to wait; its minute begins with its first', () => {
    const attempts = new AttemptsPerMinute(2);
    expect([1, 2, 3].map((second) => attempts.attempt('10.0.0.1', second * 1_000))).toEqual([0, 0, 58_000]);
    expect(attempts.attempt('10.0.0.2', 3_000)).toBe(0);
    expect(attempts.waitMs('10.0.0.1', 60_999)).toBe(1);
    expect(attempts.attempt('10.0.0.1', 61_000)).toBe(0);
  });

  it('R1: a look is none', () => {
    const attempts = new AttemptsPerMinute(1);
    for (let count = 0; count < 5; count++) expect(attempts.waitMs('10.0.0.1', 0)).toBe(0);
    attempts.add('10.0.0.1', 0);
    expect([attempts.waitMs('10.0.0.1', 0), attempts.waitMs('10.0.0.2', 0)]).toEqual([60_000, 0]);
  });

  it('R1: a whole IPv6 network is one address, however it is written', () => {
    const attempts = new AttemptsPerMinute(1);
    expect(attempts.attempt('2001:db8:1:2:3:4:5:6', 0)).toBe(0);
    expect(attempts.attempt('2001:db8:1:2::9', 0)).toBeGreaterThan(0);
    expect(attempts.attempt('2001:db8:1:3::9', 0)).toBe(0);
    // Zeros that are left out belong to the network too.
    expect(attempts.attempt('2001:db8::9', 0)).toBe(0);
    expect(attempts.attempt('2001:db8:0:1::9', 0)).toBe(0);
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('R2: are more on loopback: %s', (address) => {
    const attempts = new AttemptsPerMinute(1);
    for (let count = 0; count < LOOPBACK_FACTOR; count++) expect(attempts.attempt(address, 0)).toBe(0);
    expect(attempts.attempt(address, 0)).toBeGreaterThan(0);
  });

  it('R3: are forgotten with their minute', () => {
    const attempts = new AttemptsPerMinute(1);
    for (let minute = 0; minute < 3; minute++) {
      for (let host = 0; host < 200; host++) expect(attempts.attempt(`10.0.${minute}.${host}`, minute * 60_000)).toBe(0);
      expect(attempts.size).toBe(200);
    }
  });
});
