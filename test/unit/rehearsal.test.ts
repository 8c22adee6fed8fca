import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { rehearse } from '../../server/rehearsal';
import { DEFAULT_LIMITS } from '../../server/rooms/limits';
import { decodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

const MINUTE = 60_000;

describe('the rehearsal', () => {
  it('R1 is a whole conversation: let in, told who and what is there, heard', async () => {
    const { head, frames } = await rehearsed(new ManualClock());
    expect(head).toContain('101 Switching Protocols');
    const doc = new Y.Doc();
    for (const frame of frames) if (frame.type === 'sync-reply') Y.applyUpdate(doc, frame.update);
    expect(doc.getText('content').toString()).toBe('Weft.');
    expect(frames.map(({ type }) => type)).toContain('sync-request');
    // Both of what was written: the edit and the cursor are no refusals.
    expect(frames.findLast(({ type }) => type === 'progress')).toMatchObject({ received: 1 });
    expect(frames.filter(({ type }) => type === 'notice')).toEqual([]);
  });

  it('R3 leaves nothing that waits', async () => {
    const clock = new ManualClock();
    await rehearsed(clock);
    await clock.advance(MINUTE);
    expect(clock.waiting).toBe(0);
  });

  it.each(['before it began', 'in the middle of it'])('R3 ends with the relay, at once: %s', async (when) => {
    const clock = new ManualClock();
    const relay = new AbortController();
    if (when === 'before it began') relay.abort();
    const ended = rehearse({ limits: DEFAULT_LIMITS, documents: 'text', clock, log: new KeptLog(), signal: relay.signal });
    await clock.settle();
    relay.abort();
    await ended;
    // Its room closes in the moment after.
    await clock.advance(DEFAULT_LIMITS.presenceMs);
    expect(clock.waiting).toBe(0);
  });

  it.each([0, 1])('R4 says what went wrong to the log, and nothing stays: call %i of the clock', async (calls) => {
    const clock = new BreakingClock(calls);
    const log = new KeptLog();
    const heard = await rehearse({ limits: DEFAULT_LIMITS, documents: 'text', clock, log, signal: new AbortController().signal });
    expect(heard).toHaveLength(0);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'debug', message: 'the rehearsal failed' })]);
    clock.isBroken = false;
    await clock.advance(MINUTE);
    expect(clock.waiting).toBe(0);
  });
});

/** Its timers fail after some of them. */
class BreakingClock extends ManualClock {
  isBroken = true;
  #callsLeft: number;

  constructor(callsLeft: number) {
    super();
    this.#callsLeft = callsLeft;
  }

  override after(ms: number, callback: () => void): () => void {
    if (this.isBroken && this.#callsLeft-- <= 0) throw new Error('no timers');
    return super.after(ms, callback);
  }
}

async function rehearsed(clock: ManualClock): Promise<{ readonly head: string; readonly frames: readonly Frame[] }> {
  let heard: Buffer | undefined;
  const { signal } = new AbortController();
  void rehearse({ limits: DEFAULT_LIMITS, documents: 'text', clock, log: new KeptLog(), signal }).then((bytes) => {
    heard = bytes;
  });
  await until('the rehearsal is over', async () => {
    await clock.advance(10);
    return heard !== undefined;
  });
  const all = heard ?? Buffer.alloc(0);
  const headEnd = all.indexOf('\r\n\r\n') + 4;
  return { head: all.toString('latin1', 0, headEnd), frames: framesIn(all.subarray(headEnd)) };
}

/** Small whole messages of a server; a closing frame ends them. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; bytes[at] === 0x82; ) {
    const length = bytes[at + 1] ?? 0;
    frames.push(decodeFrame(bytes.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return frames;
}
