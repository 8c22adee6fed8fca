/**
 * What leaves a room: everything of one turn is framed once and written once per peer.
 *
 * R1  Each peer gets every message that others added, in order, and none of its own.
 * R2  Peers with the same framing share the bytes; a sender gets slices of them, and everybody gets one write.
 * R3  Small rooms flush at the end of each turn; rooms of more than 20 every 16 ms, larger ones less often, by a fifth of a
 *     millisecond for each member, up to 50 ms; the first message after a quiet time never waits, nor does a batch that is large already.
 * R4  Presence leaves with a flush, at most every `presenceMs`, and not more of it than {@link MOST_ENTRIES} in all: the rest leaves
 *     with the next. Nobody is sent its own. Newcomers are told who is here behind it (introductions.ts).
 * R5  Progress leaves with a flush, and only when it changed. What is saved is told at the next one. What is only received is
 *     told with whatever else its sender gets of its own, or soon: as a rule it is saved before.
 * R6  A peer that does not take what it was sent gets no live frames (its `lag` is set), nor is it told who is here, until it has;
 *     one that is stuck is closed, whatever it was that it was sent (backlog.ts).
 *
 * The loop in `#flush` runs once for each delivery: no allocation, no closure, no look-up there for who only listens.
 */
import { encodeFrame } from '../../../src/shared/protocol/frames';
import type { RelayLimits } from '../limits';
import type { Clock, Framing } from '../ports';
import { indexOf } from '../presence/people-frames';
import type { PresenceBoard, PresenceChange } from '../presence/presence-board';
import type { SlowTick } from '../slow-tick';
import { Backlog } from './backlog';
import { Batch, type Content } from './batch';
import { Introductions } from './introductions';
import type { Mark, Recipient } from './recipient';

export interface OutboxOptions {
  readonly clock: Clock;
  readonly tick: Pick<SlowTick, 'call'>;
  readonly limits: Pick<RelayLimits, 'presenceMs' | 'laggingBytes' | 'stuckBytes'>;
  readonly recipients: readonly Recipient[];
  readonly board: PresenceBoard;
  /** Lets what waits for this flush take effect: it may add to it. */
  gather(): void;
  /** Asked right after a flush. */
  mark(): Mark;
  /** See backlog.ts. */
  largestMessage(): number;
}

const MANY = 20;
const MANY_GAP_MS = 16;
const GAP_MS_PER_MEMBER = 0.2;
const CROWD_GAP_MS = 50;
/** Messages from which on waiting for more saves next to nothing, and costs whoever waits for an answer. */
const LARGE_BATCH = 64;
/** Of presence, in one flush to all recipients together: what a thousand people are sent of a hundred takes some milliseconds. */
const MOST_ENTRIES = 100_000;
const LEAST_PEOPLE = 32;

export class Outbox {
  /** Who waits to be told who is here. */
  readonly introductions: Introductions;
  /** Who may get more. */
  readonly backlog: Backlog;
  readonly #options: OutboxOptions;
  #messages: Uint8Array[] = [];
  /** The number of the first message. */
  #firstUpdate = 0;
  #scheduled = false;
  /** Calls off the flush that waits for its time. */
  #stopWaiting: (() => void) | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #presenceAt = Number.NEGATIVE_INFINITY;
  #presenceTimer: (() => void) | undefined;
  #awaitsTick = false;
  /** Whether the next flush tells all progress there is. */
  #tellsAll = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.introductions = new Introductions(options.board);
    this.backlog = new Backlog(options);
  }

  /** Whether flushes keep apart, so that what arrives may as well wait for the next one. */
  get isCrowded(): boolean {
    return this.#options.recipients.length > MANY;
  }

  /** Sends to everyone but the sender. @param update its number; those of one batch follow each other. */
  add(message: Uint8Array, sender: Recipient, update: number): void {
    if (this.#messages.length === 0) this.#firstUpdate = update;
    sender.own.push(this.#messages.length);
    this.#messages.push(message);
    this.schedule();
    if (this.#messages.length >= LARGE_BATCH) this.#flushThisTurn();
  }

  /** Something changed that leaves with a flush. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#flushedAt + this.#gapMs() - this.#options.clock.now();
    if (wait > 0) this.#stopWaiting = this.#options.clock.after(wait, this.#flush);
    else this.#options.clock.atTurnEnd(this.#flush);
  }

  /** Frames were received that are not saved yet (R5). */
  scheduleProgress(): void {
    if (this.#awaitsTick) return;
    this.#awaitsTick = true;
    this.#options.tick.call(this.#onTick);
  }

  /** All progress that there is leaves with the next flush. */
  scheduleAllProgress(): void {
    this.#tellsAll = true;
    this.schedule();
  }

  /** The board changed. */
  schedulePresence(): void {
    if (this.#presenceTimer !== undefined || !this.#options.board.changed) return;
    const { clock, limits } = this.#options;
    const wait = this.#presenceAt + limits.presenceMs - clock.now();
    if (wait <= 0) this.schedule();
    else this.#presenceTimer = clock.after(wait, this.#onPresenceTime);
  }

  /** Tells somebody who is here: at once where that is cheap, else with a flush. Who lags is told when it has caught up. */
  introduce(recipient: Recipient): void {
    if (recipient.lag !== undefined) {
      recipient.introduced = true;
    } else if (this.isCrowded || !this.backlog.takes(recipient.peer)) {
      // Whether it lags is found by the flush.
      this.introductions.add(recipient);
      this.schedule();
    } else {
      this.introductions.tell(recipient, this.#options.board.everyone());
    }
  }

  /** For who cannot wait: the relay goes. */
  flushNow(): void {
    this.#tellsAll = true;
    this.#flush();
  }

  /** To one peer, at once: answers. @param update see {@link Framing}. */
  send(message: Uint8Array, { peer, framing }: Recipient, update?: number): void {
    peer.write(framing.frame(message, update));
    this.backlog.takes(peer);
  }

  #flushThisTurn(): void {
    if (this.#stopWaiting === undefined) return;
    this.#stopWaiting();
    this.#stopWaiting = undefined;
    this.#options.clock.atTurnEnd(this.#flush);
  }

  readonly #onPresenceTime = (): void => {
    this.#presenceTimer = undefined;
    this.schedule();
  };

  readonly #onTick = (): void => {
    this.#awaitsTick = false;
    for (const { ledger } of this.#options.recipients) {
      if (ledger?.hasNews !== true) continue;
      this.scheduleAllProgress();
      return;
    }
  };

  readonly #flush = (): void => {
    const { clock, recipients } = this.#options;
    this.#stopWaiting = undefined;
    this.#options.gather();
    const now = clock.now();
    this.#scheduled = false;
    this.#flushedAt = now;
    const tellsAll = this.#tellsAll;
    this.#tellsAll = false;
    const messages = this.#messages;
    if (messages.length > 0) this.#messages = [];
    const changes = this.#takePresence(now);
    const content: Content = { messages, firstUpdate: this.#firstUpdate, changes };
    const { laggingBytes } = this.backlog;
    const batches: Batch[] = [];
    let batch: Batch | undefined;
    let mark: Mark | undefined;
    // Backwards: who leaves while this runs is replaced by one that had its turn.
    for (let place = recipients.length - 1; place >= 0; place--) {
      const recipient = recipients[place];
      if (recipient === undefined) continue;
      const { peer, ledger, own, introduced } = recipient;
      if (recipient.lag === undefined) {
        const isShown = changes.length > 0 && indexOf(changes, recipient.seat.id) !== -1;
        const hasMore = messages.length > own.length || (introduced && changes.length > (isShown ? 1 : 0));
        const hasOwnView = isShown || own.length > 0 || !introduced;
        const tells = ledger?.hasNews === true && (tellsAll || ledger.hasSavedNews || (hasOwnView && hasMore));
        if (hasMore && batch?.framing !== recipient.framing) batch = findBatch(batches, recipient.framing, content);
        if (tells || (hasMore && hasOwnView)) writeOwnView(recipient, hasMore ? batch : undefined, tells);
        else if (hasMore) peer.write((batch as Batch).bytes);
        if (tells || hasMore) recipient.heardAt = now;
      }
      if (own.length > 0) own.length = 0;
      // The comparison alone for nearly all.
      if (peer.queuedBytes > laggingBytes && !this.backlog.takes(peer) && recipient.lag === undefined) {
        mark ??= this.#options.mark();
        recipient.lag = mark;
      }
    }
    this.introductions.tellSome(now);
    if (this.introductions.waiting > 0) this.schedule();
    this.schedulePresence();
  };

  #takePresence(now: number): readonly PresenceChange[] {
    const { board, limits, recipients } = this.#options;
    if (!board.changed || now - this.#presenceAt < limits.presenceMs) return NO_CHANGES;
    this.#presenceAt = now;
    this.#presenceTimer?.();
    this.#presenceTimer = undefined;
    return board.takeChanges(Math.max(LEAST_PEOPLE, Math.ceil(MOST_ENTRIES / recipients.length)));
  }

  #gapMs(): number {
    const count = this.#options.recipients.length;
    if (count <= MANY) return 0;
    return Math.min(CROWD_GAP_MS, Math.max(MANY_GAP_MS, Math.round(count * GAP_MS_PER_MEMBER)));
  }
}

const NO_CHANGES: readonly PresenceChange[] = [];

function writeOwnView(recipient: Recipient, batch: Batch | undefined, tellsProgress: boolean): void {
  const { peer, framing, ledger } = recipient;
  const progress = tellsProgress ? ledger?.takeChange() : undefined;
  if (batch !== undefined) peer.write(batch.viewFor(recipient, progress));
  else if (progress !== undefined) peer.write(framing.frame(encodeFrame({ type: 'progress', ...progress })));
}

function findBatch(batches: Batch[], framing: Framing, content: Content): Batch {
  for (const batch of batches) if (batch.framing === framing) return batch;
  const batch = new Batch(framing, content);
  batches.push(batch);
  return batch;
}
