import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyTimings, longestTask, threadOfMark } from '../src/browser/key-timings.ts';
import { offsetOf } from '../src/browser/page-clock.ts';
import type { TraceEvent } from '../src/browser/tracing.ts';

const MAIN = { pid: 7, tid: 7 };
const on = (event: Partial<TraceEvent> & { name: string }): TraceEvent => ({ ph: 'X', ts: 0, args: {}, ...MAIN, ...event });
const task = (ts: number, dur: number, tdur = dur) => on({ name: 'RunTask', ts, dur, tdur });
const commit = (ts: number, dur: number) => on({ name: 'Commit', ts, dur });
/** A key whose handlers took `handled` and whose letter was on the screen `painted` after it was pressed. Microseconds. */
const press = (ts: number, interactionId: number, type: string, handled: number, painted: number) =>
  on({
    name: 'EventTiming',
    ph: 'b',
    ts,
    args: { data: { type, interactionId, timeStamp: 1_000, processingEnd: 1_000 + handled / 1_000, duration: painted / 1_000 } },
  });

it('counts what the thread did from the key to the commit of its frame, and nothing before or after', () => {
  const events = [
    task(9_000, 2_000), // half of it before the key
    press(10_000, 1, 'keydown', 2_000, 16_000),
    press(10_000, 1, 'keypress', 4_000, 16_000),
    task(12_000, 3_000, 1_500),
    commit(11_000, 500), // of the frame before: the letter was not there yet
    task(20_000, 5_000), // half of it after the commit
    commit(22_000, 500),
    commit(30_000, 500),
  ];
  assert.deepEqual(keyTimings(events, MAIN), [{ workMs: 1 + 3 + 2.5, cpuMs: 1 + 1.5 + 2.5, paintedMs: 16 }]);
});

it('takes keydown and keypress for one key, and a keyup for none; keys that a page handles itself have no keypress', () => {
  const events = [
    press(10_000, 1, 'keydown', 100, 8_000),
    press(10_000, 1, 'keypress', 200, 9_000),
    press(60_000, 1, 'keyup', 100, 50_000),
    press(100_000, 2, 'keydown', 300, 12_000),
    commit(15_000, 100),
    commit(105_000, 100),
  ];
  assert.deepEqual(
    keyTimings(events, MAIN).map(({ paintedMs }) => paintedMs),
    [9, 12],
  );
});

it('leaves out other threads and other pages', () => {
  const events = [
    press(10_000, 1, 'keydown', 100, 8_000),
    { ...press(10_000, 2, 'keydown', 100, 8_000), pid: 8, tid: 8 },
    { ...task(10_000, 4_000), tid: 9 },
    { ...commit(11_000, 100), tid: 9 },
    commit(15_000, 100),
    { ...task(10_000, 900_000), pid: 8 },
    task(14_000, 700),
  ];
  assert.deepEqual(keyTimings(events, MAIN), [{ workMs: 0.7, cpuMs: 0.7, paintedMs: 8 }]);
  assert.equal(longestTask(events, MAIN), 0.7);
});

it('fails when no frame followed a key', () => {
  assert.throws(() => keyTimings([press(10_000, 1, 'keydown', 2_000, 8_000), commit(11_000, 10)], MAIN), /no frame/);
});

it('finds a page’s thread, and what to add to its clock, by a mark that it made', () => {
  const mark = on({ name: 'here', ph: 'I', ts: 5_000_000, args: { data: { startTime: 1_200 } } });
  assert.deepEqual(threadOfMark([mark], 'here'), MAIN);
  assert.equal(offsetOf([mark], 'here'), 3_800);
  assert.throws(() => threadOfMark([], 'here'), /no mark/);
});
