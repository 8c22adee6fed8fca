/**
 * Gathers what is to be written while a write is under way, so that a burst is one write.
 *
 * R1  Everything is written in the order in which it was given.
 * R2  What failed stays in front of what came later, and all of it is tried again after a pause, or by `flush`.
 * R3  `flush` starts a write at once, even beside one that is under way; the writer below keeps them in order.
 */
import type { Clock } from './clock';

/** Between two attempts of a failing write. */
const RETRY_MS = 5_000;

export interface BurstWriterOptions<Entry> {
  readonly write: (entries: readonly Entry[]) => Promise<void>;
  /** Called after each write, with `undefined` or what went wrong. */
  readonly onOutcome: (failure: unknown) => void;
  readonly clock: Clock;
  /** Calls once, when a burst may begin to be written; `flush` does not wait for it. */
  readonly soon: (start: () => void) => void;
}

export class BurstWriter<Entry> {
  readonly #write: (entries: readonly Entry[]) => Promise<void>;
  readonly #onOutcome: (failure: unknown) => void;
  readonly #clock: Clock;
  readonly #soon: (start: () => void) => void;
  #queue: Entry[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #scheduled = false;
  #failed = false;
  /** Rises with each stop. */
  #era = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(options: BurstWriterOptions<Entry>) {
    this.#write = options.write;
    this.#onOutcome = options.onOutcome;
    this.#clock = options.clock;
    this.#soon = options.soon;
  }

  /** When a write is reported: whether there is more than that to be written. */
  get hasMore(): boolean {
    return this.#queue.length > 0 || this.#underWay.size > 1;
  }

  add(entry: Entry): void {
    this.#queue.push(entry);
    if (this.#scheduled || this.#underWay.size > 0 || this.#failed) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      if (this.#underWay.size === 0) this.#start();
    });
  }

  /** Resolves when everything given so far is written; rejects with what went wrong. */
  async flush(): Promise<void> {
    this.#start();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Drops what is queued, and what is under way is not tried again. What is added later is written. */
  stop(): void {
    this.#queue = [];
    this.#era++;
    this.#failed = false;
    this.#cancelRetry?.();
  }

  #start(): void {
    if (this.#queue.length === 0) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const entries = this.#queue;
    this.#queue = [];
    const writing = this.#attempt(entries);
    this.#underWay.add(writing);
    // The outcome is reported in #attempt; whoever awaits flush() hears of it too.
    const done = () => {
      this.#underWay.delete(writing);
      if (this.#underWay.size === 0 && !this.#failed) this.#start();
    };
    writing.then(done, done);
  }

  async #attempt(entries: Entry[]): Promise<void> {
    const era = this.#era;
    try {
      await this.#write(entries);
    } catch (failure) {
      if (era !== this.#era) throw failure;
      this.#queue = [...entries, ...this.#queue];
      this.#failed = true;
      this.#cancelRetry?.();
      this.#cancelRetry = this.#clock.after(RETRY_MS, () => this.#start());
      this.#onOutcome(failure);
      throw failure;
    }
    if (era !== this.#era) return;
    this.#failed = false;
    this.#onOutcome(undefined);
  }
}
