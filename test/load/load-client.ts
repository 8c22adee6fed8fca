import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame, type Frame, SUBPROTOCOL_PLAIN, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { decodeAwareness, encodeAwareness } from '../../src/shared/protocol/presence';

const EMPTY = Uint8Array.of(0);
const NOTHING = Uint8Array.of(0, 0);

/** A raw protocol client for measuring: sends what it is given, counts what comes back, never builds a document. */
export class LoadClient {
  readonly socket: WebSocket;
  /** Writing frames sent on this connection: the sync-reply and the updates. */
  sent = 0;
  received = 0;
  saved = 0;
  /** Frames by type, and all bytes, that came from the relay. */
  readonly counts = new Map<Frame['type'], number>();
  bytes = 0;
  /** The answer to our sync-request. */
  syncReply: Uint8Array | undefined;
  closeCode: number | undefined;
  readonly #onFrame: ((frame: Frame) => void) | undefined;
  readonly #waiting = new Set<{ readonly holds: () => boolean; readonly resolve: () => void }>();

  constructor(
    url: string,
    options: {
      plain?: boolean;
      stateVector?: Uint8Array;
      reply?: () => Uint8Array;
      onFrame?: (frame: Frame) => void;
      onPerson?: (id: number) => void;
    } = {},
  ) {
    this.#onFrame = options.onFrame;
    this.socket = new WebSocket(url, [options.plain === true ? SUBPROTOCOL_PLAIN : SUBPROTOCOL_WEFT], { perMessageDeflate: false });
    this.socket.binaryType = 'nodebuffer';
    this.socket.on('open', () => {
      this.send({ type: 'sync-request', stateVector: options.stateVector ?? EMPTY });
    });
    this.socket.on('message', (data: Buffer) => {
      this.bytes += data.length;
      const frame = decodeFrame(data);
      this.counts.set(frame.type, (this.counts.get(frame.type) ?? 0) + 1);
      if (frame.type === 'sync-request') this.send({ type: 'sync-reply', update: options.reply?.() ?? NOTHING });
      else if (frame.type === 'sync-reply') this.syncReply = frame.update.slice();
      else if (frame.type === 'progress') {
        this.received = frame.received;
        this.saved = frame.saved;
      } else if (frame.type === 'awareness' && options.onPerson !== undefined) {
        for (const { id } of decodeAwareness(frame.entries)) options.onPerson(id);
      }
      this.#onFrame?.(frame);
      this.#look();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#look();
    });
    this.socket.on('error', () => this.#look());
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(frame: Frame): void {
    if (!this.isOpen) return;
    if (frame.type === 'update' || frame.type === 'sync-reply') this.sent++;
    this.socket.send(encodeFrame(frame));
  }

  /** Resolves once the condition holds, looked at after every frame; fails after `timeoutMs`, saying what was awaited. */
  async until(what: string, holds: () => boolean, timeoutMs = 30_000): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const entry = {
        holds,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(entry);
        reject(
          new Error(
            `waited ${timeoutMs} ms for: ${what} (sent ${this.sent}, received ${this.received}, saved ${this.saved}, closed ${this.closeCode})`,
          ),
        );
      }, timeoutMs);
      this.#waiting.add(entry);
    });
  }

  async joined(): Promise<this> {
    await this.until('a sync-reply', () => this.syncReply !== undefined || this.closeCode !== undefined);
    if (this.syncReply === undefined) throw new Error(`closed with ${this.closeCode} instead of a sync-reply`);
    return this;
  }

  close(): void {
    this.socket.close();
  }

  #look(): void {
    for (const entry of this.#waiting) {
      if (!entry.holds()) continue;
      this.#waiting.delete(entry);
      entry.resolve();
    }
  }
}

/** As a person in a text has one, in words that are nobody else's. */
export function cursorOf(person: number): Uint8Array {
  const place = { type: null, tname: 'content', item: { client: person + 1, clock: person }, assoc: 0 };
  const state = { user: { name: `Person ${person}`, color: '#3066be', colorLight: '#3066be33' }, cursor: { anchor: place, head: place } };
  return encodeAwareness([{ id: person + 1, clock: 1, state: JSON.stringify(state) }]);
}
