import { beforeEach, describe, expect, it } from 'vitest';
import { type Delays, LOOK_MS, LoopLag } from '../../server/transports/loop-lag';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

/** Delays as a test says: one in a hundred is the longest. */
class GivenDelays implements Delays {
  max = 0;
  isEnabled = true;
  percentile = () => this.max / 2;
  reset(): void {
    this.max = 0;
  }
  disable(): boolean {
    this.isEnabled = false;
    return true;
  }
  /** Something was late by so much, the longest of this minute. */
  late(ms: number): void {
    this.max = (ms + LOOK_MS) * 1e6;
  }
}

let clock: ManualClock;
let delays: GivenDelays;
let log: KeptLog;
let lag: LoopLag;

beforeEach(() => {
  clock = new ManualClock();
  delays = new GivenDelays();
  log = new KeptLog();
  lag = new LoopLag({ clock, log, delays });
});

describe('the lateness of the event loop', () => {
  it('R1: is nothing at first, and what lies between two looks is none', () => {
    expect(lag.delay).toEqual({ p99Ms: 0, maxMs: 0 });
    delays.late(0);
    expect(lag.delay).toEqual({ p99Ms: 0, maxMs: 0 });
  });

  it('R1: is told as long as its minute runs and for one more', () => {
    delays.late(120);
    expect(lag.delay).toEqual({ p99Ms: 50, maxMs: 120 });
    clock.tick(60_000);
    delays.late(40);
    expect(lag.delay).toEqual({ p99Ms: 50, maxMs: 120 });
    clock.tick(60_000);
    expect(lag.delay).toEqual({ p99Ms: 10, maxMs: 40 });
    clock.tick(60_000);
    expect(lag.delay).toEqual({ p99Ms: 0, maxMs: 0 });
  });

  it('R2: is told to whoever asks, however often somebody else does', () => {
    delays.late(120);
    expect([lag.delay.maxMs, lag.delay.maxMs, lag.delay.maxMs]).toEqual([120, 120, 120]);
    clock.tick(60_000);
    expect([lag.delay.maxMs, lag.delay.maxMs]).toEqual([120, 120]);
  });

  it('R3: is told in the log when it was felt, once for its minute', () => {
    delays.late(499);
    clock.tick(60_000);
    expect(log.lines).toEqual([]);
    delays.late(500);
    clock.tick(59_999);
    expect(log.lines).toEqual([]);
    clock.tick(1);
    clock.tick(120_000);
    expect(log.lines).toMatchObject([{ fields: { p99Ms: 240, maxMs: 500 } }]);
  });

  it('is not looked at any more when the relay stops', () => {
    lag.stop();
    expect([delays.isEnabled, clock.waiting]).toEqual([false, 0]);
  });
});

it('of this very process is measured', async () => {
  const own = new LoopLag({ clock, log });
  await new Promise((resolve) => setTimeout(resolve, 3 * LOOK_MS));
  const until = performance.now() + 200;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 3 * LOOK_MS));
  expect(own.delay.maxMs).toBeGreaterThan(100);
  own.stop();
});
