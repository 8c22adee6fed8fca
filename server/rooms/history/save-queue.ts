/**
 * Brings the accepted updates of one document to the store.
 *
 * R1  In order, at most one append at a time; what comes meanwhile is in the next one.
 * R2  A failed append stays queued and is tried again, with growing pauses; nothing later overtakes it.
 * R3  `saved` only moves when an append resolved.
 * R4  Whoever listens hears once that appends fail, and once that they work again.
 * R5  An abandoned queue stores nothing more, and whoever waits for it waits for ever.
 */
import type { DocumentId } from '../../../src/shared/protocol/routes';
import type { Clock, DocumentStore, Log } from '../ports';

export interface SaveQueueOptions {
  readonly document: DocumentId;
  readonly store: Pick<DocumentStore, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The newest update that was in the store when the document was loaded. */
  readonly saved: number;
  onSaved(upTo: number): void;
  onFailing(failing: boolean): void;
}

/** Updates in one append: a long queue goes in several, so that what was tried and failed is not tried as one ever larger whole. */
const MOST_AT_ONCE = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Unsaved bytes from which on the log says so, again at each doubling. */
const MUCH_UNSAVED = 64 * 1024 * 1024;

export class SaveQueue {
  readonly #options: SaveQueueOptions;
  #saved: number;
  /** Updates number `#saved + 1`, … */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #warnAtBytes = MUCH_UNSAVED;
  #state: 'idle' | 'scheduled' | 'appending' | 'pausing' = 'idle';
  #pauseMs = 0;
  #isAbandoned = false;
  #underWay: Promise<void> = Promise.resolve();
  readonly #waiters = new Set<{ readonly number: number; resolve(): void }>();

  constructor(options: SaveQueueOptions) {
    this.#options = options;
    this.#saved = options.saved;
  }

  /** The number of the newest update that is in the store, with all before it. */
  get saved(): number {
    return this.#saved;
  }

  /** Updates that are not in the store yet. */
  get unsaved(): number {
    return this.#queue.length;
  }

  get failing(): boolean {
    return this.#pauseMs > 0;
  }

  /** Takes the update that follows the last one. */
  add(update: Uint8Array): void {
    this.#queue.push(update);
    this.#queuedBytes += update.length;
    if (this.#queuedBytes > this.#warnAtBytes) this.#warnOfMuch();
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    this.#options.clock.atTurnEnd(this.#append);
  }

  /** Resolves when the update of this number is in the store. */
  whenSaved(number: number): Promise<void> {
    if (number <= this.#saved) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.add({ number, resolve });
    });
  }

  /** For a document that is deleted; resolves when what is under way has ended, well or badly. */
  abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#queue = [];
    return this.#underWay;
  }

  readonly #append = (): void => {
    if (this.#isAbandoned) return;
    this.#state = 'appending';
    const batch = this.#queue.slice(0, MOST_AT_ONCE);
    this.#underWay = this.#store(batch).then(
      () => this.#succeed(batch),
      (error: unknown) => this.#fail(error),
    );
  };

  async #store(batch: readonly Uint8Array[]): Promise<void> {
    await this.#options.store.append(this.#options.document, this.#saved + 1, batch);
  }

  #succeed(batch: readonly Uint8Array[]): void {
    if (this.#isAbandoned) return;
    this.#saved += batch.length;
    this.#queue = this.#queue.slice(batch.length);
    for (const update of batch) this.#queuedBytes -= update.length;
    if (this.failing) {
      this.#pauseMs = 0;
      this.#options.log.info({ document: this.#options.document, unsaved: this.#queue.length }, 'saving works again');
      this.#options.onFailing(false);
    }
    if (this.#queue.length === 0) {
      this.#state = 'idle';
      this.#warnAtBytes = MUCH_UNSAVED;
    } else {
      this.#append();
    }
    this.#options.onSaved(this.#saved);
    for (const waiter of this.#waiters) {
      if (waiter.number > this.#saved) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #fail(error: unknown): void {
    if (this.#isAbandoned) return;
    this.#state = 'pausing';
    const first = !this.failing;
    this.#pauseMs = first ? FIRST_PAUSE_MS : Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    const fields = { document: this.#options.document, unsaved: this.#queue.length, retryInMs: this.#pauseMs, err: error };
    this.#options.log.error(fields, 'edits could not be saved; trying again');
    this.#options.clock.after(this.#pauseMs, this.#append);
    if (first) this.#options.onFailing(true);
  }

  #warnOfMuch(): void {
    this.#warnAtBytes *= 2;
    this.#options.log.warn({ document: this.#options.document, bytes: this.#queuedBytes }, 'edits come faster than they can be saved');
  }
}
