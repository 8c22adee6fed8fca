/**
 * What a key costs in a page, read out of a trace. (pure)
 *
 * R1  A key's work is everything that the page's main thread did from the key's event until the frame with its letter was
 *     committed to the compositor, whoever caused it: remote cursors that were drawn meanwhile are in it.
 * R2  A key is painted when Chromium presented the first frame after its events were handled (Event Timing). The rounding
 *     to 8 ms that pages see is not in a trace.
 */
import type { TraceEvent } from './tracing.ts';

/** Milliseconds. */
export interface KeyTiming {
  readonly workMs: number;
  /** The part of it in which the thread was on a processor: on a busy machine less than `workMs`. */
  readonly cpuMs: number;
  readonly paintedMs: number;
}

export interface ThreadId {
  readonly pid: number;
  readonly tid: number;
}

/** One press: a keydown, and the keypress with its letter where the page lets it come. Microseconds of the trace. */
interface Press {
  readonly from: number;
  readonly handledAt: number;
  readonly paintedMs: number;
}

/** The thread on which a page made this mark. */
export function threadOfMark(events: readonly TraceEvent[], mark: string): ThreadId {
  const event = events.find(({ name, ph }) => name === mark && ph === 'I');
  if (event === undefined) throw new Error(`the trace has no mark ${mark}`);
  return { pid: event.pid, tid: event.tid };
}

/** In the order of the keys. @throws when no frame followed a key. */
export function keyTimings(events: readonly TraceEvent[], thread: ThreadId): readonly KeyTiming[] {
  const own = events.filter((event) => event.pid === thread.pid && event.tid === thread.tid).sort((one, other) => one.ts - other.ts);
  const tasks = own.filter(({ name }) => name === 'RunTask');
  const commits = own.filter(({ name, ph }) => name === 'Commit' && ph === 'X');
  return pressesOf(own).map(({ from, handledAt, paintedMs }) => {
    const commit = commits.find(({ ts }) => ts >= handledAt);
    if (commit === undefined) throw new Error('no frame followed a key');
    return { ...workWithin(tasks, from, commit.ts + (commit.dur ?? 0)), paintedMs };
  });
}

/** The longest task of a thread: how long a page answered nobody. Milliseconds. */
export function longestTask(events: readonly TraceEvent[], { pid, tid }: ThreadId): number {
  const tasks = events.filter((event) => event.name === 'RunTask' && event.pid === pid && event.tid === tid);
  return tasks.reduce((longest, { dur = 0 }) => Math.max(longest, dur), 0) / 1000;
}

/** Events of one press have one number; a keyup has it too, and writes nothing. */
function pressesOf(own: readonly TraceEvent[]): Press[] {
  const presses = new Map<unknown, Press>();
  for (const { name, ph, ts, args } of own) {
    const { type, interactionId, timeStamp, processingEnd, duration } = args.data ?? {};
    if (name !== 'EventTiming' || ph !== 'b' || (type !== 'keydown' && type !== 'keypress')) continue;
    const handledAt = ts + 1000 * ((processingEnd as number) - (timeStamp as number));
    const before = presses.get(interactionId) ?? { from: ts, handledAt, paintedMs: 0 };
    presses.set(interactionId, {
      from: before.from,
      handledAt: Math.max(before.handledAt, handledAt),
      paintedMs: Math.max(before.paintedMs, duration as number),
    });
  }
  return [...presses.values()];
}

function workWithin(tasks: readonly TraceEvent[], from: number, to: number): { readonly workMs: number; readonly cpuMs: number } {
  let work = 0;
  let cpu = 0;
  for (const { ts, dur = 0, tdur = dur } of tasks) {
    if (ts >= to) break;
    const within = Math.min(to, ts + dur) - Math.max(from, ts);
    if (within <= 0) continue;
    work += within;
    cpu += (within / dur) * tdur;
  }
  return { workMs: work / 1000, cpuMs: cpu / 1000 };
}
