import { beforeEach, describe, expect, test } from 'vitest';
import { CommitPace, gapAfter } from '../../server/storage/commit-pace';
import { ManualClock } from '../support/manual-clock';

const GAP_MS = 40;

let clock: ManualClock;
let pace: CommitPace;
let begun: number[];
let start: number;

beforeEach(() => {
  clock = new ManualClock();
  pace = new CommitPace(clock, () => GAP_MS);
  begun = [];
  start = clock.now();
});

/** Commits so many times, as soon as it may. */
async function commit(times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await pace.next();
    pace.carry(1);
    begun.push(clock.now() - start);
  }
}

describe('commits', () => {
  test('begin at the end of the turn after a quiet time (R1)', async () => {
    void commit();
    expect(clock.turnIsOpen).toBe(true);
    await clock.settle();
    await clock.advance(GAP_MS);
    void commit();
    await clock.settle();
    expect(begun).toEqual([0, GAP_MS]);
  });

  test('begin at least the gap apart (R2)', async () => {
    void commit(3);
    await clock.advance(2 * GAP_MS - 1);
    expect(begun).toEqual([0, GAP_MS]);
    await clock.advance(1);
    expect(begun).toEqual([0, GAP_MS, 2 * GAP_MS]);
  });

  test('begin at once when somebody is in a hurry, whether they wait already or not (R3)', async () => {
    void commit(3);
    await clock.advance(10);
    pace.hurry();
    expect(clock.waiting).toBe(0);
    await clock.settle();
    expect(begun).toEqual([0, 10]);
    // The gap counts from there.
    await clock.advance(GAP_MS - 1);
    expect(begun).toHaveLength(2);
    await clock.advance(1);
    expect(begun).toEqual([0, 10, 10 + GAP_MS]);
    pace.hurry();
    void commit();
    await clock.settle();
    expect(begun).toEqual([0, 10, 10 + GAP_MS, 10 + GAP_MS]);
  });

  test('are further apart the more they carry, up to a tenth of a second (R2)', async () => {
    pace = new CommitPace(clock);
    const gaps: number[] = [];
    for (const updates of [0, 1, 10, 25, 10_000]) {
      const first = pace.next();
      await clock.settle();
      await first;
      pace.carry(updates);
      const from = clock.now();
      let isBegun = false;
      void pace.next().then(() => {
        isBegun = true;
      });
      while (!isBegun) await clock.advance(1);
      gaps.push(clock.now() - from);
      pace.hurry();
    }
    expect(gaps).toEqual([0, 1, 10, 25, 10_000].map((updates) => Math.ceil(gapAfter(updates))));
    expect(gaps).toEqual([10, 14, 46, 100, 100]);
  });
});
