import { describe, expect, it } from 'vitest';
import { Arrival } from '../../server/transports/request-times';

const PATIENCE = { requestMs: 30_000, largestBody: 800_000 };

/** Bytes that come between two looks, 2 s each → how many looks until it is late; `undefined` when it never is. */
function looksUntilLate(bytes: (look: number) => number, looks = 1_000): number | undefined {
  const arrival = new Arrival(PATIENCE, 1_000, 5_000);
  let received = 5_000;
  for (let look = 1; look <= looks; look++) {
    received += bytes(look);
    if (arrival.isLate(1_000 + 2_000 * look, received)) return look;
  }
  return undefined;
}

describe('a request', () => {
  it('R1 is late after half a minute, when nothing comes, or less than 64 kbit/s', () => {
    expect(looksUntilLate(() => 0)).toBe(15);
    expect(looksUntilLate(() => 15_999)).toBe(15);
    // A lot at once buys no time.
    expect(looksUntilLate((look) => (look === 1 ? 700_000 : 0))).toBe(16);
  });

  it('R1 has as long as it takes while it keeps coming, and half a minute of pauses in all', () => {
    expect(looksUntilLate(() => 16_000, 50)).toBeUndefined();
    expect(looksUntilLate((look) => (look % 2 === 0 ? 16_000 : 0))).toBe(29);
  });

  it('R2 never has longer than the largest body takes at that pace', () => {
    expect(looksUntilLate(() => 1_000_000)).toBe((30_000 + 800_000 / 8) / 2_000);
  });
});
