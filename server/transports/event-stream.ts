/**
 * One HTTP answer that goes on: server-sent events to one client, for one document or several.
 *
 * R1  The head and the first bytes leave at once; nothing in between may store, change or hold them back.
 * R2  It ends once, whatever ends it: the client goes, a write fails, it does not read for 30 seconds, its time is up, the
 *     relay goes. Then every part of it has ended, and nothing holds it any more.
 * R3  Silence of the client is counted in beats, not by the clock: a machine that slept would find nobody reading.
 */
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { CarriedParts, type StreamPart } from './carried-parts';
import { HEARTBEAT, OPENING } from './event-stream-framing';
import { PiecewiseWriter } from './piecewise-writer';

/** Where parts are written: a stream of their own, or their share of one that carries others too. It ends once. */
export interface Channel {
  /** For the log. */
  readonly label: string;
  readonly isOver: boolean;
  /** Bytes that were written but not yet taken by the network. */
  readonly queuedBytes: number;
  /** Ended at once when it is over. */
  add(part: StreamPart): void;
  /** The part is done; it is told nothing more. */
  remove(part: StreamPart): void;
  /** Whole events. Ignored once it is over. */
  write(events: Uint8Array): void;
  /** Nothing more is to be said. */
  finish(): void;
  /** Its client seems to be gone. */
  destroy(): void;
}

/** A heartbeat is sent on every third beat of a stream. */
export const BEATS_PER_HEARTBEAT = 3;
/** Of a client that was to be heard of: two heartbeats, and one beat because the first may come right after a sign of life. */
export const SILENT_BEATS = 2 * BEATS_PER_HEARTBEAT + 1;
/** Two heartbeats: 30 s. One beat more, because the first may have come right after the last byte was taken. */
const STALLED_BEATS = 2 * BEATS_PER_HEARTBEAT + 1;

const HEAD = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // nginx collects answers until a buffer is full, unless told not to.
  'X-Accel-Buffering': 'no',
};

export interface EventStreamOptions {
  readonly label: string;
  /** Beats until the client has to come back, with its last event id. */
  readonly lifetimeBeats: number;
  /** Its connection is gone. */
  readonly onEnd: () => void;
}

export class EventStream implements Channel {
  readonly label: string;
  readonly #response: ServerResponse;
  readonly #writer: PiecewiseWriter;
  readonly #parts = new CarriedParts();
  #beatsLeft: number;
  #stalledBeats = 0;
  #written = 0;
  #takenAtBeat = 0;

  constructor(response: ServerResponse, { label, lifetimeBeats, onEnd }: EventStreamOptions) {
    this.label = label;
    this.#response = response;
    this.#beatsLeft = lifetimeBeats;
    // No length and no chunks: the body is what comes until the end of the connection (RFC 9112, section 6.3). So bytes that
    // are framed once go to every socket as they are.
    response.removeHeader('Transfer-Encoding');
    response.writeHead(200, HEAD);
    response.write(OPENING);
    this.#writer = new PiecewiseWriter(sinkOf(response), () => this.#parts.drained());
    response.once('close', () => {
      this.#writer.stop();
      this.#parts.end();
      onEnd();
    });
    response.on('error', () => this.destroy());
  }

  get isOver(): boolean {
    return this.#parts.isOver;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  add(part: StreamPart): void {
    this.#parts.add(part);
  }

  remove(part: StreamPart): void {
    this.#parts.remove(part);
  }

  write(events: Uint8Array): void {
    if (this.isOver) return;
    this.#written += events.length;
    this.#writer.write(events);
  }

  /** Ends it when everything that was written has been taken. */
  finish(): void {
    if (this.isOver) return;
    this.#writer.flush(() => this.#response.end());
    this.#parts.end();
  }

  /** Ends it now. */
  destroy(): void {
    this.#writer.stop();
    this.#response.destroy();
    this.#parts.end();
  }

  /** Comes {@link BEATS_PER_HEARTBEAT} times between two heartbeats, until the connection is gone. */
  beat(isTimeToSpeak: boolean): void {
    if (--this.#beatsLeft <= 0) this.finish();
    this.#parts.beat();
    const queued = this.queuedBytes;
    const taken = this.#written - queued;
    this.#stalledBeats = queued === 0 || taken > this.#takenAtBeat ? 0 : this.#stalledBeats + 1;
    this.#takenAtBeat = taken;
    if (this.#stalledBeats >= STALLED_BEATS) this.destroy();
    else if (isTimeToSpeak) this.write(HEARTBEAT);
  }
}

/** Where events are written: the connection itself where the answer has it for its own (HTTP/1), else its part of it (HTTP/2). */
function sinkOf(response: ServerResponse): Writable {
  return response.req.httpVersionMajor === 1 && response.socket !== null ? response.socket : response;
}
