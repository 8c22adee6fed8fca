/**
 * Server-sent events as bytes (WHATWG HTML, section 9.2).
 *
 * R1  One event stays one event: no field can hold a line break. Data are JSON or base64, ids and types the relay's own.
 * R2  A frame's event is the same bytes for everyone who reads the document in the same way.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Framing } from '../rooms/ports';

/** The browser's wait before it comes back, for whoever uses EventSource. Milliseconds. */
const RETRY_MS = 2_000;

/** The first bytes: they leave at once, so that every proxy on the way has passed the head on. */
export const OPENING = Buffer.from(`retry: ${RETRY_MS}\n\n`);
/** An event and not a comment: a page's script sees it, and notices when it stays away. */
export const HEARTBEAT = encodeEvent({ type: 'heartbeat', data: {} });

export interface ServerSentEvent {
  readonly type: string;
  readonly id?: string;
  readonly data: object;
}

export function encodeEvent({ type, id, data }: ServerSentEvent): Buffer {
  return Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}

export interface EventStreamFramingOptions {
  /** Of the room. */
  readonly epoch: string;
  /** Put before each frame, for streams that carry several parts. */
  readonly part?: { readonly document: DocumentId; readonly kind: 'stream' | 'writer' };
}

/** Wraps each message as one event `frame`: `data: <base64>`, or `data: <document> <kind> <base64>`. */
export class EventStreamFraming implements Framing {
  readonly #epoch: string;
  readonly #start: string;

  constructor({ epoch, part }: EventStreamFramingOptions) {
    this.#epoch = epoch;
    this.#start = `event: frame\ndata: ${part === undefined ? '' : `${part.document} ${part.kind} `}`;
  }

  /** @param update the newest update that the reader has once it took this message; without one, it has no more than before. */
  frame(message: Uint8Array, update?: number): Uint8Array {
    const id = update === undefined ? '' : `id: ${this.#epoch}-${update}\n`;
    const base64 = Buffer.from(message.buffer, message.byteOffset, message.length).toString('base64');
    return Buffer.from(`${id}${this.#start}${base64}\n\n`, 'latin1');
  }
}
