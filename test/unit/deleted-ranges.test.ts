import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { DeletedRanges, normalise } from '../../server/rooms/updates/deleted-ranges';
import { deletedIn } from '../support/honest-session';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

describe('DeletedRanges', () => {
  it('says what a set of single clocks would say, for few and for many ranges at once (R1, R2)', () => {
    const random = randomFrom(seedFromEnvironment());
    for (let round = 0; round < 60; round++) {
      const deleted = new DeletedRanges();
      const naive = new Set<number>();
      for (let step = 0; step < 30; step++) {
        const ranges = normalise(
          Array.from({ length: random() < 0.2 ? 40 : 1 + below(random, 4) }, () => below(random, 400)).flatMap((from) => [
            from,
            from + 1 + below(random, 5),
          ]),
        );
        const missing = deleted.missing(1, ranges);
        expect(clocksOf(missing)).toEqual(clocksOf(ranges).filter((clock) => !naive.has(clock)));
        expect(missing === ranges).toBe(missing.length === ranges.length && missing.every((clock, index) => clock === ranges[index]));
        deleted.add(1, ranges);
        for (const clock of clocksOf(ranges)) naive.add(clock);
        expect(clocksOf(deleted.rangesOf(1))).toEqual([...naive].sort((a, b) => a - b));
        expect(areApart(deleted.rangesOf(1))).toBe(true);
      }
    }
  });

  it('encodes a delete set as Yjs does, and not an old one after a change', () => {
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'hello world, here I am');
    const deleted = new DeletedRanges();
    for (const [at, length] of [
      [3, 2],
      [9, 1],
      [0, 1],
    ] as const) {
      doc.getText('content').delete(at, length);
      for (const { client, ranges } of deletedIn(doc)) deleted.add(client, ranges);
      const deletesOnly = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc));
      expect([0, ...deleted.encode()]).toEqual([...deletesOnly]);
    }
  });

  it('takes 200,000 ranges in the worst order without delay', () => {
    const deleted = new DeletedRanges();
    const ranges = normalise(Array.from({ length: 200_000 }, (_, index) => 800_000 - index * 4).flatMap((from) => [from, from + 1]));
    const before = performance.now();
    deleted.add(1, ranges);
    expect(deleted.missing(1, ranges)).toEqual([]);
    deleted.add(
      1,
      ranges.map((clock) => clock + 2),
    );
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(deleted.rangesOf(1)).toHaveLength(800_000);
  });
});

function clocksOf(ranges: readonly number[]): number[] {
  const clocks: number[] = [];
  for (let index = 0; index < ranges.length; index += 2)
    for (let clock = ranges[index] as number; clock < (ranges[index + 1] as number); clock++) clocks.push(clock);
  return clocks;
}

function areApart(ranges: readonly number[]): boolean {
  return ranges.every((clock, index) => index === 0 || clock > (ranges[index - 1] as number));
}
