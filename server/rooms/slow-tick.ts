/**
 * One timer for whatever can wait a little, of all rooms together: thousands of small rooms would else have one each.
 *
 * R1  What was asked for is called once, after at least `ms` and no more than about twice that.
 * R2  While nobody asks there is no timer.
 */
import type { Clock } from './ports';

export class SlowTick {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #ms: number;
  /** Came since the timer was set: it may not be long enough for them. */
  #young: (() => void)[] = [];
  #old: (() => void)[] = [];
  #isRunning = false;

  constructor(clock: Pick<Clock, 'after'>, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  /** Calls once, later. */
  call(callback: () => void): void {
    this.#young.push(callback);
    if (!this.#isRunning) this.#start();
  }

  #start(): void {
    this.#isRunning = true;
    this.#clock.after(this.#ms, () => this.#tick());
  }

  #tick(): void {
    const due = this.#old;
    this.#old = this.#young;
    this.#young = [];
    this.#isRunning = false;
    if (this.#old.length > 0) this.#start();
    for (const callback of due) callback();
  }
}
