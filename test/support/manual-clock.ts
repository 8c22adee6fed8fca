import type { Clock } from '../../server/rooms/ports';

/** Some day in 2023: clocks that start at 0 hide what depends on real times. */
const START = 1_700_000_000_000;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that only moves when a test says so. */
export class ManualClock implements Clock {
  #now = START;
  #wallAhead = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  #turnEnd: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.#wallAhead;
  }

  /** The calendar alone: the machine slept, or somebody set it. */
  jumpWall(ms: number): void {
    this.#wallAhead += ms;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnd.push(callback);
  }

  /** Whether something waits for the end of this turn. */
  get turnIsOpen(): boolean {
    return this.#turnEnd.length > 0;
  }

  /** Timers that were not called off and have not come. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs what waits for the end of this turn, not what that adds. */
  endTurn(): void {
    const callbacks = this.#turnEnd;
    this.#turnEnd = [];
    for (const callback of callbacks) callback();
  }

  /** Ends turns and lets promises go on until nothing is left to do without time passing. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      // One turn of the real event loop: all that promises have to do is done after it.
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.turnIsOpen ? 0 : quiet + 1;
      this.endTurn();
    }
  }

  /** Moves on, timer by timer, settling after each. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#fire(next);
      await this.settle();
    }
    this.#now = end;
    await this.settle();
  }

  /** Moves on without letting promises go on: for many small steps. */
  tick(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) this.#fire(next);
    this.#now = end;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
