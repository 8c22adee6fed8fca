/**
 * A connection whose down half is an event stream and whose up half are POSTs: for networks that block WebSocket.
 *
 * R1  Frames reach the room once and in their order, whatever a proxy does to requests and answers: numbers already taken are
 *     skipped, a hole takes nothing.
 * R2  A body is taken whole or not at all.
 * R3  Too much to read delays answers, and never ends the connection; more than a few POSTs at once are refused.
 * R4  A client that POSTs nothing for the time of two heartbeats is gone, and with it its stream, or its share of a feed.
 */
import { ByteReader, MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { RelayLimits } from '../rooms/limits';
import type { Member } from '../rooms/members/member';
import type { Clock } from '../rooms/ports';
import type { StreamPart } from './carried-parts';
import { type Channel, SILENT_BEATS } from './event-stream';
import type { EventStreamPeer } from './event-stream-peer';
import { ReadBudget, type ReadRates } from './read-budget';
import type { JoinedWriter } from './room-streams';

export interface WriterConnectionOptions {
  readonly id: string;
  readonly document: DocumentId;
  /** What the stream was opened with. */
  readonly secret: string | undefined;
  /** Of the stream's grant. */
  readonly grantKey: string;
  readonly stream: Channel;
  readonly clock: Clock;
  readonly limits: RelayLimits;
}

export type Taken =
  | { readonly type: 'taken'; readonly received: number }
  /** Frames before the first one are missing. */
  | { readonly type: 'hole'; readonly received: number }
  | { readonly type: 'refused'; readonly rejection: RejectionName };

const MOST_FRAMES = 10_000;
const MOST_AT_ONCE = 4;
/** How often a delayed answer looks whether its time has come. */
const LOOK_MS = 50;

export class WriterConnection implements StreamPart {
  readonly id: string;
  readonly document: DocumentId;
  readonly secret: string | undefined;
  readonly grantKey: string;
  readonly #options: WriterConnectionOptions;
  readonly #budget: ReadBudget;
  #inside: { readonly peer: EventStreamPeer; readonly member: Member } | undefined;
  #received = 0;
  #atOnce = 0;
  #silentBeats = 0;
  #isOver = false;

  constructor(options: WriterConnectionOptions) {
    this.id = options.id;
    this.document = options.document;
    this.secret = options.secret;
    this.grantKey = options.grantKey;
    this.#options = options;
    this.#budget = new ReadBudget(options.limits, options.clock.now());
  }

  /** The room is open. */
  enter(joined: JoinedWriter): void {
    this.#inside = joined;
  }

  /** @param first the number of the first frame in the body. @throws {Rejected} `malformed`, `too-fast`, `not-found`. */
  async take(first: number, body: Uint8Array): Promise<Taken> {
    const frames = splitFrames(body);
    if (this.#atOnce >= MOST_AT_ONCE) throw new Rejected('too-fast', 'too many POSTs at once');
    this.#atOnce++;
    try {
      this.#hear();
      await this.#mayRead();
      return this.#takeInOrder(first, frames);
    } finally {
      this.#atOnce--;
    }
  }

  beat(): void {
    if (++this.#silentBeats >= SILENT_BEATS) this.#options.stream.destroy();
  }

  drained(): void {
    // The peer is told by itself.
  }

  ended(): void {
    this.#isOver = true;
  }

  #takeInOrder(first: number, frames: readonly Uint8Array[]): Taken {
    const inside = this.#inside;
    if (inside === undefined || this.#isOver || inside.peer.isOver) throw new Rejected('not-found', 'the connection is over');
    this.#hear();
    if (first > this.#received + 1) return { type: 'hole', received: this.#received };
    const { clock, limits } = this.#options;
    for (const frame of frames.slice(this.#received + 1 - first)) {
      this.#received++;
      this.#budget.take(frame.length, limits, clock.now());
      try {
        inside.member.receive(frame);
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        inside.peer.close(error.rejection, error.message);
        return { type: 'refused', rejection: error.rejection };
      }
    }
    return { type: 'taken', received: this.#received };
  }

  async #mayRead(): Promise<void> {
    const { clock } = this.#options;
    const rates: ReadRates = this.#options.limits;
    while (!this.#isOver && !this.#budget.isInCredit(rates, clock.now())) {
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
  }

  #hear(): void {
    this.#silentBeats = 0;
    this.#inside?.peer.hear();
  }
}

/** Each frame after its length (lib0 `writeVarUint8Array`). Views into the body. @throws {Rejected} `malformed`, R2. */
export function splitFrames(body: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(body);
  const frames: Uint8Array[] = [];
  try {
    while (!reader.atEnd) {
      frames.push(reader.readVarBytes());
      if (frames.length > MOST_FRAMES) throw new Rejected('malformed', 'too many frames in one body');
    }
  } catch (error) {
    if (error instanceof MalformedBytes) throw new Rejected('malformed', error.message);
    throw error;
  }
  return frames;
}
