import { beforeEach, describe, expect, test } from 'vitest';
import { SaveQueue } from '../../server/rooms/history/save-queue';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

interface Append {
  readonly first: number;
  readonly updates: readonly Uint8Array[];
  succeed(): void;
  fail(): void;
}

let clock: ManualClock;
let log: KeptLog;
let appends: Append[];
let saved: number[];
let failing: boolean[];
let queue: SaveQueue;

beforeEach(() => {
  clock = new ManualClock();
  log = new KeptLog();
  appends = [];
  saved = [];
  failing = [];
  queue = new SaveQueue({
    document: 'd' as DocumentId,
    clock,
    log,
    saved: 4,
    store: {
      append: (_document, first, updates) =>
        new Promise((resolve, reject) => {
          appends.push({ first, updates, succeed: resolve, fail: () => reject(new Error('no space left')) });
        }),
    },
    onSaved: (upTo) => saved.push(upTo),
    onFailing: (now) => failing.push(now),
  });
});

const update = (byte: number) => Uint8Array.of(byte);
const lastAppend = () => appends.at(-1) as Append;

describe('bringing updates to the store', () => {
  test('what came in one turn is one append; what comes meanwhile is in the next (R1)', async () => {
    queue.add(update(5));
    queue.add(update(6));
    await clock.settle();
    expect(appends.map(({ first, updates }) => [first, updates.length])).toEqual([[5, 2]]);
    queue.add(update(7));
    queue.add(update(8));
    await clock.settle();
    expect(appends).toHaveLength(1);
    lastAppend().succeed();
    await clock.settle();
    expect(appends.map(({ first, updates }) => [first, updates.length])).toEqual([
      [5, 2],
      [7, 2],
    ]);
  });

  test('nothing is saved before its append resolved (R3)', async () => {
    queue.add(update(5));
    await clock.advance(60_000);
    expect(queue.saved).toBe(4);
    expect(saved).toEqual([]);
    expect(queue.unsaved).toBe(1);
    lastAppend().succeed();
    await clock.settle();
    expect(queue.saved).toBe(5);
    expect(saved).toEqual([5]);
    expect(queue.unsaved).toBe(0);
  });

  test('a failed append is tried again with growing pauses, and nothing overtakes it (R2)', async () => {
    queue.add(update(5));
    await clock.settle();
    for (const pause of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      lastAppend().fail();
      queue.add(update(99));
      const before = appends.length;
      await clock.advance(pause - 1);
      expect(appends).toHaveLength(before);
      await clock.advance(1);
      expect(appends).toHaveLength(before + 1);
      expect(lastAppend().first).toBe(5);
      expect(lastAppend().updates[0]).toEqual(update(5));
    }
    expect(saved).toEqual([]);
    lastAppend().succeed();
    await clock.settle();
    expect(queue.saved).toBe(5 + 9);
  });

  test('says once that it fails and once that it works again (R4)', async () => {
    queue.add(update(5));
    await clock.settle();
    lastAppend().fail();
    await clock.advance(100);
    lastAppend().fail();
    await clock.advance(200);
    expect(failing).toEqual([true]);
    expect(queue.failing).toBe(true);
    lastAppend().succeed();
    await clock.settle();
    expect(failing).toEqual([true, false]);
    expect(queue.failing).toBe(false);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  test('a store that throws at once has failed like any other (R2)', async () => {
    const thrower = new SaveQueue({
      document: 'd' as DocumentId,
      clock,
      log,
      saved: 0,
      store: {
        append: () => {
          throw new Error('closed');
        },
      },
      onSaved: (upTo) => saved.push(upTo),
      onFailing: (now) => failing.push(now),
    });
    thrower.add(update(1));
    await clock.settle();
    expect(failing).toEqual([true]);
    expect(saved).toEqual([]);
  });

  test('whoever waits for an update hears when it and all before it are saved (R3)', async () => {
    const heard: number[] = [];
    queue.add(update(5));
    await clock.settle();
    queue.add(update(6));
    void queue.whenSaved(4).then(() => heard.push(4));
    void queue.whenSaved(5).then(() => heard.push(5));
    void queue.whenSaved(6).then(() => heard.push(6));
    await clock.settle();
    expect(heard).toEqual([4]);
    lastAppend().succeed();
    await clock.settle();
    expect(heard).toEqual([4, 5]);
    lastAppend().succeed();
    await clock.settle();
    expect(heard).toEqual([4, 5, 6]);
  });

  test('a long queue goes in several appends, in order (R1)', async () => {
    for (let number = 5; number < 5 + 12_000; number++) queue.add(update(number % 256));
    await clock.settle();
    while (queue.unsaved > 0) {
      lastAppend().succeed();
      await clock.settle();
    }
    expect(appends.map(({ first, updates }) => [first, updates.length])).toEqual([
      [5, 5_000],
      [5_005, 5_000],
      [10_005, 2_000],
    ]);
  });
});
