/**
 * How late the event loop is, for people who run a relay: whatever takes long in one go delays everything that others wait for.
 *
 * R1  What is told is of the last minute or two: the worse of the minute that runs and the one before it.
 * R2  Whoever asks for what is new hears of each stall once.
 * R3  A minute in which something waited longer than anyone who types would overlook is told in the log, once.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { EventLoopDelay } from '../../src/shared/protocol/routes';
import type { Clock, Log } from '../rooms/ports';

/** Delays in nanoseconds, as perf_hooks measures them: each is the time between two looks. */
export type Delays = Pick<IntervalHistogram, 'max' | 'percentile' | 'reset' | 'disable'>;

export interface LoopLagOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Pick<Log, 'warn'>;
  /** Those of this process, when left out. */
  readonly delays?: Delays;
}

const MINUTE_MS = 60_000;
/** Between two looks: 50 in a second cost next to nothing. */
export const LOOK_MS = 20;
const FELT_MS = 500;
const NONE: EventLoopDelay = { p99Ms: 0, maxMs: 0 };

export class LoopLag {
  readonly #options: LoopLagOptions;
  readonly #delays: Delays;
  #lastMinute = NONE;
  /** Of the running minute, what was told as new; and what of those before was not. */
  #told = 0;
  #untold = 0;
  #stopWaiting: () => void;

  constructor(options: LoopLagOptions) {
    this.#options = options;
    this.#delays = options.delays ?? monitor();
    this.#stopWaiting = options.clock.after(MINUTE_MS, this.#onMinute);
  }

  /** R1 */
  get delay(): EventLoopDelay {
    const now = this.#read();
    return { p99Ms: Math.max(now.p99Ms, this.#lastMinute.p99Ms), maxMs: Math.max(now.maxMs, this.#lastMinute.maxMs) };
  }

  /** R2: the longest since this was asked last. Milliseconds. */
  takeLongest(): number {
    const { maxMs } = this.#read();
    const longest = Math.max(this.#untold, maxMs > this.#told ? maxMs : 0);
    this.#untold = 0;
    this.#told = maxMs;
    return longest;
  }

  stop(): void {
    this.#stopWaiting();
    this.#delays.disable();
  }

  readonly #onMinute = (): void => {
    this.#lastMinute = this.#read();
    this.#delays.reset();
    if (this.#lastMinute.maxMs > this.#told) this.#untold = Math.max(this.#untold, this.#lastMinute.maxMs);
    this.#told = 0;
    this.#stopWaiting = this.#options.clock.after(MINUTE_MS, this.#onMinute);
    if (this.#lastMinute.maxMs >= FELT_MS)
      this.#options.log.warn(this.#lastMinute, 'The event loop was late: something took long in one go');
  };

  #read(): EventLoopDelay {
    return { p99Ms: latenessMs(this.#delays.percentile(99)), maxMs: latenessMs(this.#delays.max) };
  }
}

function monitor(): IntervalHistogram {
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
  delays.enable();
  return delays;
}

/** What is beyond the time that lies between two looks anyway; whole milliseconds, for people. */
function latenessMs(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1e6 - LOOK_MS));
}
