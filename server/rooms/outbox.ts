/**
 * What leaves a room: everything of one turn is framed once and written once per peer.
 *
 * R1  Each peer gets every message that others added, in order, and none of its own.
 * R2  Peers with the same framing share the bytes; a sender gets slices of them, and everybody gets one write.
 * R3  Small rooms flush at the end of each turn; rooms of more than 20 every 16 ms, of more than 200 every 50 ms; the first
 *     message after a quiet time never waits, nor does a batch that is large already.
 * R4  Presence leaves with a flush, at most every `presenceMs`; nobody is sent its own.
 * R5  Progress leaves with a flush, and only when it changed.
 * R6  A peer that does not take what it was sent gets no live frames (its `lag` is set), and one that is stuck is closed.
 *
 * The loop in `#flush` runs once for each delivery: no allocation, no closure, no look-up there for who only listens.
 */
import { encodeFrame } from '../../src/shared/protocol/frames';
import type { RelayLimits } from './limits';
import type { Clock, Framing } from './ports';
import { joinEntries, type PresenceBoard, type PresenceChange } from './presence-board';
import type { Mark, Recipient } from './recipient';

export interface OutboxOptions {
  readonly clock: Clock;
  readonly limits: Pick<RelayLimits, 'presenceMs' | 'laggingBytes' | 'stuckBytes'>;
  readonly recipients: readonly Recipient[];
  readonly board: PresenceBoard;
  /** Asked right after a flush. */
  mark(): Mark;
  /** Something is about to be sent that is larger than usual: how much may be unsent then. Bytes. */
  largestMessage(): number;
}

/** What one framing makes of a batch: the updates, then the presence of all. */
interface Batch {
  readonly framing: Framing;
  readonly bytes: Uint8Array;
  /** Where each update begins; one more for where the last ends. */
  readonly starts: readonly number[];
}

const MANY = 20;
const MANY_GAP_MS = 16;
const CROWD = 200;
const CROWD_GAP_MS = 50;
/** Messages from which on waiting for more saves next to nothing, and costs whoever waits for an answer. */
const LARGE_BATCH = 64;

export class Outbox {
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

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends to everyone but the sender. @param update its number; those of one batch follow each other. */
  add(message: Uint8Array, sender: Recipient, update: number): void {
    if (this.#messages.length === 0) this.#firstUpdate = update;
    sender.own.push(this.#messages.length);
    this.#messages.push(message);
    this.schedule();
    if (this.#messages.length >= LARGE_BATCH) this.#flushThisTurn();
  }

  /** Something changed that leaves with a flush: progress. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#flushedAt + this.#gapMs() - this.#options.clock.now();
    if (wait > 0) this.#stopWaiting = this.#options.clock.after(wait, this.#flush);
    else this.#options.clock.atTurnEnd(this.#flush);
  }

  #flushThisTurn(): void {
    if (this.#stopWaiting === undefined) return;
    this.#stopWaiting();
    this.#stopWaiting = undefined;
    this.#options.clock.atTurnEnd(this.#flush);
  }

  /** The board changed. */
  schedulePresence(): void {
    if (this.#presenceTimer !== undefined || !this.#options.board.changed) return;
    const { clock, limits } = this.#options;
    const wait = this.#presenceAt + limits.presenceMs - clock.now();
    if (wait <= 0) this.schedule();
    else this.#presenceTimer = clock.after(wait, this.#onPresenceTime);
  }

  /** For who cannot wait: the relay goes. */
  flushNow(): void {
    this.#flush();
  }

  /** To one peer, at once: answers. @param update see {@link Framing}. */
  send(message: Uint8Array, { peer, framing }: Recipient, update?: number): void {
    peer.write(framing.frame(message, update));
  }

  readonly #onPresenceTime = (): void => {
    this.#presenceTimer = undefined;
    this.schedule();
  };

  readonly #flush = (): void => {
    const { clock, limits, recipients } = this.#options;
    const now = clock.now();
    this.#scheduled = false;
    this.#stopWaiting = undefined;
    this.#flushedAt = now;
    const messages = this.#messages;
    const firstUpdate = this.#firstUpdate;
    if (messages.length > 0) this.#messages = [];
    const changes = this.#takePresence(now);
    const laggingBytes = limits.laggingBytes;
    const stuckBytes = Math.max(limits.stuckBytes, 2 * this.#options.largestMessage());
    const batches: Batch[] = [];
    let batch: Batch | undefined;
    let mark: Mark | undefined;
    // Backwards: who leaves while this runs is replaced by one that had its turn.
    for (let place = recipients.length - 1; place >= 0; place--) {
      const recipient = recipients[place];
      if (recipient === undefined) continue;
      const peer = recipient.peer;
      if (recipient.lag === undefined) {
        const progress = recipient.ledger?.takeChange();
        if (messages.length > recipient.own.length || (changes.length > 0 && recipient.introduced)) {
          if (batch?.framing !== recipient.framing) batch = findBatch(batches, recipient.framing, { messages, firstUpdate, changes });
          const isSameForAll = recipient.own.length === 0 && recipient.introduced && !isAmong(changes, recipient.seat.id);
          if (isSameForAll && progress === undefined) peer.write(batch.bytes);
          else this.#writeOwnView(recipient, batch, changes, progress);
          recipient.heardAt = now;
        } else if (progress !== undefined) {
          this.send(encodeFrame({ type: 'progress', ...progress }), recipient);
          recipient.heardAt = now;
        }
      }
      if (recipient.own.length > 0) recipient.own.length = 0;
      const unsent = peer.queuedBytes;
      if (unsent > laggingBytes) {
        if (unsent > stuckBytes) peer.close('too-fast', `does not read: ${unsent} bytes unsent`);
        else if (recipient.lag === undefined) {
          mark ??= this.#options.mark();
          recipient.lag = mark;
        }
      }
    }
  };

  #takePresence(now: number): readonly PresenceChange[] {
    const { board, limits } = this.#options;
    if (!board.changed || now - this.#presenceAt < limits.presenceMs) return NO_CHANGES;
    this.#presenceAt = now;
    this.#presenceTimer?.();
    this.#presenceTimer = undefined;
    return board.takeChanges();
  }

  /**
   * For who sent some of the updates, is one of the people, or has progress to hear of: what lies between its own updates,
   * its own view of the others, its progress. One write all the same: a copy costs less than a call of the system.
   */
  #writeOwnView(
    { peer, framing, own, seat, introduced }: Recipient,
    batch: Batch,
    changes: readonly PresenceChange[],
    progress: Progress | undefined,
  ): void {
    const { bytes, starts } = batch;
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const index of own) {
      const start = starts[index] as number;
      if (start > from) parts.push(bytes.subarray(from, start));
      from = starts[index + 1] as number;
    }
    const updatesEnd = starts.at(-1) as number;
    const seesAll = introduced && !isAmong(changes, seat.id);
    const end = seesAll ? bytes.length : updatesEnd;
    if (end > from) parts.push(bytes.subarray(from, end));
    if (introduced && !seesAll && changes.length > 1)
      parts.push(framing.frame(encodeFrame({ type: 'awareness', entries: joinEntries(changes, seat.id) })));
    if (progress !== undefined) parts.push(framing.frame(encodeFrame({ type: 'progress', ...progress })));
    if (parts.length > 0) peer.write(join(parts));
  }

  #gapMs(): number {
    const count = this.#options.recipients.length;
    if (count <= MANY) return 0;
    return count <= CROWD ? MANY_GAP_MS : CROWD_GAP_MS;
  }
}

const NO_CHANGES: readonly PresenceChange[] = [];

function isAmong(changes: readonly PresenceChange[], id: number | undefined): boolean {
  for (let index = 0; index < changes.length; index++) if (changes[index]?.id === id) return true;
  return false;
}

interface Progress {
  readonly received: number;
  readonly saved: number;
}

interface Content {
  readonly messages: readonly Uint8Array[];
  readonly firstUpdate: number;
  readonly changes: readonly PresenceChange[];
}

function findBatch(batches: Batch[], framing: Framing, content: Content): Batch {
  const known = batches.find((batch) => batch.framing === framing);
  if (known !== undefined) return known;
  const batch = makeBatch(framing, content);
  batches.push(batch);
  return batch;
}

function makeBatch(framing: Framing, { messages, firstUpdate, changes }: Content): Batch {
  const framed = messages.map((message, index) => framing.frame(message, firstUpdate + index));
  const starts = [0];
  let end = 0;
  for (const message of framed) {
    end += message.length;
    starts.push(end);
  }
  if (changes.length > 0) framed.push(framing.frame(encodeFrame({ type: 'awareness', entries: joinEntries(changes, undefined) })));
  return { framing, bytes: join(framed), starts };
}

/** A Buffer, because sockets make one of every other kind of bytes, once for each peer. */
function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
