import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeasuringTurns } from '../../src/renderer/editor/measuring-turns';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'queueMicrotask'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An editor that measures a frame whenever it is asked to. */
function open(isCrowded: boolean) {
  let lookedUp = 0;
  let pauses = 0;
  let writtenAt = Number.NaN;
  const sinceKey: number[] = [];
  const measure = () => {
    if (turns.begin(performance.now(), isCrowded)) {
      lookedUp++;
      sinceKey.push(performance.now() - writtenAt);
    }
    vi.runAllTicks();
  };
  const turns = new MeasuringTurns({ drawSoon: measure, onPause: () => pauses++ });
  return {
    turns,
    counts: () => ({ lookedUp, pauses }),
    /** How long after what I wrote last the others were looked up, each time. */
    sinceKey,
    write: () => {
      writtenAt = performance.now();
      turns.written('me');
      measure();
    },
    /** Others move every ten milliseconds. */
    movesFor: (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 10) {
        turns.moved(isCrowded);
        vi.advanceTimersByTime(10);
      }
    },
  };
}

describe('measuring turns', () => {
  it('look up who moved after what I wrote, not with it (R1)', () => {
    const { turns, counts, write } = open(false);
    turns.moved(false);
    expect(counts().lookedUp).toBe(1);
    write();
    expect(counts().lookedUp).toBe(1);
    vi.advanceTimersByTime(1);
    expect(counts().lookedUp).toBe(2);
  });

  it.each([false, true])('look them up within a tenth of a second however much I write, in a crowd: %j (R1)', (isCrowded) => {
    const { counts, write } = open(isCrowded);
    for (let round = 1; round <= 10; round++) {
      for (let key = 0; key < 11; key++) {
        vi.advanceTimersByTime(10);
        write();
      }
      expect(counts().lookedUp).toBeGreaterThanOrEqual(round);
    }
  });

  it('look up a crowd once for each key while I write, and whenever somebody moves otherwise (R2)', () => {
    const writing = open(true);
    for (let key = 0; key < 10; key++) {
      writing.write();
      writing.movesFor(100);
    }
    expect(writing.counts().lookedUp).toBeLessThanOrEqual(11);
    expect(writing.counts().lookedUp).toBeGreaterThanOrEqual(9);

    const reading = open(true);
    reading.movesFor(1000);
    expect(reading.counts().lookedUp).toBe(100);

    const few = open(false);
    few.write();
    few.movesFor(200);
    expect(few.counts().lookedUp).toBeGreaterThanOrEqual(20);
  });

  it('look up a crowd right after a key, long before the next one comes (R2)', () => {
    const { write, movesFor, sinceKey } = open(true);
    for (let key = 0; key < 10; key++) {
      write();
      movesFor(130);
    }
    expect(sinceKey).toHaveLength(10);
    expect(Math.max(...sinceKey)).toBeLessThan(50);
  });

  it('measure everybody in a pause, and after a second of writing (R3)', () => {
    const { turns, counts } = open(false);
    for (let key = 0; key < 19; key++) {
      turns.written(key % 2 === 0 ? 'me' : 'others');
      vi.advanceTimersByTime(100);
    }
    expect(counts().pauses).toBe(1);
    vi.advanceTimersByTime(250);
    expect(counts().pauses).toBe(2);
    vi.advanceTimersByTime(2000);
    expect(counts().pauses).toBe(2);
  });

  it('end', () => {
    const { turns, counts, write } = open(true);
    write();
    turns.end();
    vi.advanceTimersByTime(2000);
    expect(counts()).toEqual({ lookedUp: 0, pauses: 0 });
  });
});
