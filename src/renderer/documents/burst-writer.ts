/**
 * Gathers what is to be written while a write is under way, so that a burst is one write.
 *
 * R1  Everything is written in the order in which it was given. Writing the same again, in that order, has to be harmless.
 * R2  What failed stays in front of what came later, and all of it is tried again after a pause, or by `flush`.
 * R3  `flush` starts a write at once, even beside one that is under way; the writer below keeps them in order. When the earlier one fails,
 *     the later one is written again after it, though it was written: the older would else have the last word.
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

interface Batch<Entry> {
  readonly entries: readonly Entry[];
  state: 'writing' | 'written' | 'failed';
}

export class BurstWriter<Entry> {
  readonly #write: (entries: readonly Entry[]) => Promise<void>;
  readonly #onOutcome: (failure: unknown) => void;
  readonly #clock: Clock;
  readonly #soon: (start: () => void) => void;
  #queue: Entry[] = [];
  readonly #underWay = new Set<Promise<void>>();
  /** Begun, oldest first; what is written already follows what is not. */
  #begun: Batch<Entry>[] = [];
  #scheduled = false;
  /** What went wrong since there was last nothing under way. */
  #failure: { readonly cause: unknown } | undefined;
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
    if (this.#scheduled || this.#underWay.size > 0 || this.#failure !== undefined) return;
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
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  /** Drops what is queued, and what is under way is not tried again. What is added later is written. */
  stop(): void {
    this.#queue = [];
    this.#begun = [];
    this.#era++;
    this.#failure = undefined;
    this.#cancelRetry?.();
  }

  #start(): void {
    if (this.#queue.length === 0) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    if (this.#underWay.size === 0) this.#failure = undefined;
    const batch: Batch<Entry> = { entries: this.#queue, state: 'writing' };
    this.#queue = [];
    this.#begun.push(batch);
    const writing = this.#attempt(batch);
    this.#underWay.add(writing);
    // The outcome is reported in #attempt; whoever awaits flush() hears of it too.
    const done = () => {
      this.#underWay.delete(writing);
      while (this.#begun[0]?.state === 'written') this.#begun.shift();
      if (this.#underWay.size === 0) this.#goOn();
    };
    writing.then(done, done);
  }

  async #attempt(batch: Batch<Entry>): Promise<void> {
    const era = this.#era;
    try {
      await this.#write(batch.entries);
    } catch (cause) {
      if (era === this.#era) {
        batch.state = 'failed';
        this.#failure = { cause };
        this.#onOutcome(cause);
      }
      throw cause;
    }
    batch.state = 'written';
    if (era === this.#era && this.#failure === undefined) this.#onOutcome(undefined);
  }

  /** Nothing is under way: what is left of what was begun is what failed, and what came after it (R2, R3). */
  #goOn(): void {
    const again = this.#begun.flatMap(({ entries }) => entries);
    this.#begun = [];
    this.#queue = [...again, ...this.#queue];
    if (this.#failure === undefined) this.#start();
    else this.#cancelRetry = this.#clock.after(RETRY_MS, () => this.#start());
  }
}
