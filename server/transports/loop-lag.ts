/**
 * How late the event loop is, for people who run a relay: whatever takes long in one go delays everything that others wait for.
 *
 * R1  What is told is of the last minute or two: the worse of the minute that runs and the one before it.
 * R2  Looking changes nothing: anybody may ask, and as often as they like, and nobody hears less for it.
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
  #stopWaiting: () => void;

  constructor(options: LoopLagOptions) {
    this.#options = options;
    this.#delays = options.delays ?? monitor();
    this.#stopWaiting = options.clock.after(MINUTE_MS, this.#onMinute);
  }

  /** R1, R2 */
  get delay(): EventLoopDelay {
    const now = this.#read();
    return { p99Ms: Math.max(now.p99Ms, this.#lastMinute.p99Ms), maxMs: Math.max(now.maxMs, this.#lastMinute.maxMs) };
  }

  stop(): void {
    this.#stopWaiting();
    this.#delays.disable();
  }

  readonly #onMinute = (): void => {
    this.#lastMinute = this.#read();
    this.#delays.reset();
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
