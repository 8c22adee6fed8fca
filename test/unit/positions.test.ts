import { describe, expect, test } from 'vitest';
import { Positions } from '../../server/rooms/history/positions';
import { decodeStateVector, encodeStateVector } from '../../server/rooms/updates/knowledge';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

describe('the positions of a document', () => {
  test('know the clocks at each of the last updates, whoever wrote them (R1)', () => {
    const random = randomFrom(seedFromEnvironment());
    const clocks = new Map([[9, 5]]);
    const positions = new Positions(100);
    const then = [encodeStateVector(clocks)];
    for (let update = 101; update <= 600; update++) {
      const writers = [1, 2, 3, 9].slice(0, below(random, 4));
      const advances = writers.map((client) => ({
        client,
        from: clocks.get(client) ?? 0,
        to: (clocks.get(client) ?? 0) + 1 + below(random, 5),
      }));
      for (const { client, to } of advances) clocks.set(client, to);
      positions.note(update, advances);
      then.push(encodeStateVector(clocks));
    }
    for (const [index, stateVector] of then.entries()) expect(positions.stateVectorAt(100 + index, clocks)).toEqual(stateVector);
  });

  test('know nothing of what is older, in the future, or no number at all (R2)', () => {
    const positions = new Positions(10);
    const clocks = new Map([[1, 1]]);
    expect(positions.stateVectorAt(9, clocks)).toBeUndefined();
    expect(positions.stateVectorAt(11, clocks)).toBeUndefined();
    expect(positions.stateVectorAt(10.5, clocks)).toBeUndefined();
    expect(positions.stateVectorAt(Number.NaN, clocks)).toBeUndefined();
    expect(positions.stateVectorAt(10, clocks)).toBeDefined();
  });

  test('keep a bounded number of them, and none that is half forgotten (R2)', () => {
    const positions = new Positions(0);
    const clocks = new Map<number, number>();
    for (let update = 1; update <= 20_000; update++) {
      // Two clients in each update: forgetting may fall between the two.
      positions.note(
        update,
        [1, 2].map((client) => ({ client, from: update - 1, to: update })),
      );
      clocks.set(1, update).set(2, update);
    }
    const known = Array.from({ length: 20_001 }, (_, update) => update).filter(
      (update) => positions.stateVectorAt(update, clocks) !== undefined,
    );
    expect(known.length).toBeGreaterThan(2_000);
    expect(known.length).toBeLessThan(5_000);
    for (const update of [known[0] ?? 0, 19_000]) {
      const stateVector = positions.stateVectorAt(update, clocks) ?? new Uint8Array();
      expect([...decodeStateVector(stateVector)].sort()).toEqual([
        [1, update],
        [2, update],
      ]);
    }
  });
});
