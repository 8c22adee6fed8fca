/**
 * One stream that carries parts of many documents, which come and go while it is open.
 *
 * R1  What ends a part ends that part alone; what ends the stream ends them all.
 * R2  A change is made as a whole or not at all.
 * R3  A part that was removed says nothing any more, whatever is still under way for it.
 * R4  Parts that begin with a whole document begin one after the other, and only while the client reads: else one request could
 *     have the relay hold as many documents as a feed has parts.
 * R5  Without a part that was let in it ends within a heartbeat: a stream is a connection, and nobody may hold one for nothing.
 *     Whoever has just taken the last part away has that long to bring another.
 */
import { CarriedParts, type StreamPart } from './carried-parts';
import { BEATS_PER_HEARTBEAT, type Channel } from './event-stream';
import { type FeedChange, type FeedPart, keyOfPart, MOST_PARTS, type PartName, partTwice, tooManyParts } from './feed-requests';
import { overEvent } from './part-events';

/** Bytes that the client has not read yet, from which on nothing large begins. */
const MOST_UNREAD = 1024 * 1024;

export class Feed implements StreamPart {
  readonly #stream: Channel;
  readonly #onOver: () => void;
  readonly #shares = new Map<string, FeedShare>();
  #lastTurn: Promise<void> = Promise.resolve();
  #idleBeats = 0;
  /** Whoever's turn it is waits for the client to read. */
  #goOn: () => void = () => undefined;

  constructor(stream: Channel, onOver: () => void) {
    this.#stream = stream;
    this.#onOver = onOver;
  }

  /** Parts that it carries now. */
  get size(): number {
    return this.#shares.size;
  }

  /** The parts to begin, each with its share. @throws {Rejected} `malformed`, `too-large`: R2. */
  change({ add, remove }: FeedChange): { readonly part: FeedPart; readonly share: FeedShare }[] {
    const kept = new Set(this.#shares.keys());
    for (const name of remove) kept.delete(keyOfPart(name));
    if (add.some((part) => kept.has(keyOfPart(part)))) throw partTwice();
    if (kept.size + add.length > MOST_PARTS) throw tooManyParts();
    // One that is not there is no error: it may just have ended by itself.
    for (const name of remove) this.#shares.get(keyOfPart(name))?.finish();
    return add.map((part) => ({ part, share: this.#begin(part) }));
  }

  /** R4. @param begin does not reject; called in any case, so that it lets go of what it has. */
  inTurn(begin: () => Promise<void>): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => this.#untilRead()).then(begin);
    return this.#lastTurn;
  }

  drained(): void {
    for (const share of [...this.#shares.values()]) share.drained();
    this.#goOn();
  }

  beat(): void {
    const shares = [...this.#shares.values()];
    for (const share of shares) share.beat();
    this.#idleBeats = shares.some(({ isAdmitted }) => isAdmitted) ? 0 : this.#idleBeats + 1;
    if (this.#idleBeats >= BEATS_PER_HEARTBEAT) this.#stream.finish();
  }

  ended(): void {
    for (const share of [...this.#shares.values()]) share.finish();
    this.#onOver();
    this.#goOn();
  }

  async #untilRead(): Promise<void> {
    while (!this.#stream.isOver && this.#stream.queuedBytes > MOST_UNREAD) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
    }
  }

  #begin(name: PartName): FeedShare {
    const key = keyOfPart(name);
    const share = new FeedShare(this.#stream, name, () => this.#shares.delete(key));
    this.#shares.set(key, share);
    return share;
  }
}

/** A part's share of the stream: to what it carries, it is the stream. */
export class FeedShare implements Channel {
  readonly #stream: Channel;
  readonly #name: PartName;
  readonly #onOver: () => void;
  readonly #parts = new CarriedParts();
  #isAdmitted = false;

  constructor(stream: Channel, name: PartName, onOver: () => void) {
    this.#stream = stream;
    this.#name = name;
    this.#onOver = onOver;
  }

  get label(): string {
    return this.#stream.label;
  }

  get isOver(): boolean {
    return this.#parts.isOver;
  }

  get isAdmitted(): boolean {
    return this.#isAdmitted;
  }

  /** Whoever asked for it may have it. */
  admit(): void {
    this.#isAdmitted = true;
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  add(part: StreamPart): void {
    this.#parts.add(part);
  }

  remove(part: StreamPart): void {
    this.#parts.remove(part);
  }

  /** R3 */
  write(events: Uint8Array): void {
    if (!this.isOver) this.#stream.write(events);
  }

  finish(): void {
    if (this.isOver) return;
    this.#onOver();
    this.#parts.end();
  }

  /** R1: the client of this part was not heard of, and the others may well be alive. */
  destroy(): void {
    this.write(overEvent(this.#name.document, this.#name.kind));
    this.finish();
  }

  drained(): void {
    this.#parts.drained();
  }

  beat(): void {
    this.#parts.beat();
  }
}
