/**
 * When one document is compacted, and in which order.
 *
 * R1  In use: when the tail outweighs the snapshot (but not below 64 KiB), or is so many updates that reading them would be
 *     felt by who opens the document. So the work per byte stays constant, however long a document lives.
 * R2  One at a time, and for at most a fifth of the time; in use, not sooner than half a minute after the last one, unless what
 *     has gathered is large.
 * R3  Only what is saved is replaced in the store; the store first, then the room.
 * R4  A compacted document that differs is thrown away: the old bytes stay, and it is not tried again before twice as much has
 *     gathered. A store that failed is left alone for a while.
 * R5  What had to wait is done when its time comes, though nothing more is written.
 */
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { DocumentId } from '../../../src/shared/protocol/routes';
import type { Clock, Compactor, DocumentRules, DocumentStore, DocumentSummary, Log } from '../ports';
import type { Knowledge } from '../updates/knowledge';
import type { HistoryLog } from './history-log';
import type { SaveQueue } from './save-queue';
import { encodeSnapshot } from './stored-snapshot';

export interface TailCompactionOptions {
  readonly document: DocumentId;
  readonly documents: DocumentRules;
  readonly history: HistoryLog;
  readonly knowledge: Knowledge;
  readonly saving: Pick<SaveQueue, 'whenSaved'>;
  readonly store: Pick<DocumentStore, 'replaceUpTo'>;
  readonly compactor: Compactor;
  readonly clock: Clock;
  readonly log: Log;
  /** What is not worth compacting while in use; for tests, which have no time for thousands of updates. */
  readonly smallTail?: { readonly bytes: number; readonly count: number };
}

/**
 * What became of a compaction. `compacted`: there is a snapshot of all that there was. `kept`: a snapshot would differ, and would
 * again. `failed`: for a reason that may have passed at the next attempt.
 */
export type CompactionOutcome = 'compacted' | 'kept' | 'failed';

type Tail = Pick<DocumentSummary, 'snapshotBytes' | 'tailBytes' | 'tailCount'>;

/** What may gather in any document. Checking the updates one by one is felt by who opens it: some microseconds each. */
const SMALL_TAIL = { bytes: 64 * 1024, count: 2_000 };
/** So many times as much is large: who opens the document would wait for it. */
const LARGE = 4;
/** A compaction costs more than its tail, for a thread may have to be started for it; who writes much would have one every few seconds. */
const CALM_MS = 30_000;
/** A large snapshot is dearer to compact than its tail is to check: one more update for each so many of its bytes. */
const BYTES_AN_UPDATE = 512;
/** Of its own duration, before the next one. */
const REST = 4;
const RETRY_MS = 30_000;

export class TailCompaction {
  readonly #options: TailCompactionOptions;
  #running: Promise<CompactionOutcome> | undefined;
  #isAbandoned = false;
  #replacing: Promise<void> = Promise.resolve();
  #notBefore = Number.NEGATIVE_INFINITY;
  #calmUntil = Number.NEGATIVE_INFINITY;
  #stopWaiting: (() => void) | undefined;
  #notBelow = { tailBytes: 0, tailCount: 0 };

  constructor(options: TailCompactionOptions) {
    this.#options = options;
  }

  /** Compacts in the background when it is worth it, as soon as it may. Called after each update. */
  consider(): void {
    const { history, clock, smallTail } = this.#options;
    if (this.#running !== undefined || !outweighs(history, smallTail) || !this.#isWorthTrying()) return;
    const wait = this.#begin - clock.now();
    if (wait <= 0) void this.run();
    else this.#stopWaiting ??= clock.after(wait, this.#onTime);
  }

  readonly #onTime = (): void => {
    this.#stopWaiting = undefined;
    this.consider();
  };

  /** When the next one may begin (R2). */
  get #begin(): number {
    const { history, smallTail = SMALL_TAIL } = this.#options;
    const isLarge = history.tailBytes > LARGE * smallTail.bytes || history.tailCount > LARGE * smallTail.count;
    return isLarge ? this.#notBefore : Math.max(this.#notBefore, this.#calmUntil);
  }

  /** Compacts what nobody uses any more, if there is something worth it. */
  async finish(): Promise<void> {
    await this.#running;
    if (isWorthCompacting(this.#options.history) && this.#isWorthTrying()) await this.run();
    // What is left is for the next who opens the document.
    this.#stop();
  }

  /** Compacts all that there is now: one that is under way may have begun before much of it came. */
  async runAnew(): Promise<CompactionOutcome> {
    await this.#running;
    return this.#isWorthTrying() ? this.run() : 'kept';
  }

  /** Compacts whatever tail there is; resolves when that is done or has failed, and never rejects. */
  run(): Promise<CompactionOutcome> {
    this.#stop();
    this.#running ??= this.#compact().finally(() => {
      this.#running = undefined;
      this.consider();
    });
    return this.#running;
  }

  /** Stores nothing more, for a document that is deleted; resolves when what is under way at the store has ended. */
  abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#stop();
    return this.#replacing;
  }

  #stop(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #isWorthTrying(): boolean {
    if (this.#isAbandoned) return false;
    const { tailBytes, tailCount } = this.#options.history;
    return tailBytes >= this.#notBelow.tailBytes && tailCount >= this.#notBelow.tailCount;
  }

  async #compact(): Promise<CompactionOutcome> {
    const { document, documents, history, knowledge, saving, store, compactor, clock, log } = this.#options;
    const { tailBytes, tailCount } = history;
    if (tailCount === 0) return 'compacted';
    const began = clock.now();
    try {
      const { upTo, update, clocks, deleteSet } = history.compactionInput(knowledge);
      const result = await compactor.compact({ update, clocks, documents });
      const took = clock.now() - began;
      this.#notBefore = clock.now() + REST * took;
      this.#calmUntil = clock.now() + CALM_MS;
      if (!result.ok) {
        this.#notBelow = { tailBytes: 2 * tailBytes, tailCount: 2 * tailCount };
        log.error({ document, reason: result.reason }, 'a compacted document differs; keeping the old records');
        return 'kept';
      }
      await saving.whenSaved(upTo);
      if (this.#isAbandoned) return 'failed';
      const replaced = store.replaceUpTo(document, upTo, encodeSnapshot(result.snapshot, clocks, deleteSet));
      this.#replacing = replaced.catch(() => undefined);
      await replaced;
      history.replaceUpTo(upTo, result.snapshot);
      this.#notBelow = { tailBytes: 0, tailCount: 0 };
      log.debug({ document, upTo, tailBytes, tailCount, snapshotBytes: result.snapshot.length, ms: took }, 'compacted');
      return 'compacted';
    } catch (error) {
      this.#notBefore = clock.now() + RETRY_MS;
      log.error({ document, err: error }, 'compacting failed; keeping the old records');
      return 'failed';
    }
  }
}

/** R1 */
function outweighs({ snapshotBytes, tailBytes, tailCount }: Tail, small = SMALL_TAIL): boolean {
  return tailBytes > Math.max(small.bytes, snapshotBytes) || tailCount > Math.max(small.count, snapshotBytes / BYTES_AN_UPDATE);
}

/** For documents that nobody uses: there is time, so sooner. */
export function isWorthCompacting({ snapshotBytes, tailBytes, tailCount }: Tail): boolean {
  return tailCount > 100 || (tailCount > 0 && tailBytes > Math.max(4096, snapshotBytes / 2));
}

/** Why an insert does not fit, though room was to be made for it (room R4). @param bytes the insert's. */
export function whyNoRoom(made: CompactionOutcome, bytes: number, { snapshotBytes }: Tail, documentBytes: number): Rejected {
  if (made === 'failed') return new Rejected('no-room', 'the compaction that was to make room failed');
  if (made === 'compacted' && snapshotBytes + bytes <= documentBytes) return new Rejected('no-room', 'others took the room that was made');
  return new Rejected('too-large');
}
