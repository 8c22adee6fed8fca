/**
 * The socket under y-websocket: whichever transport is chosen when the provider constructs it, with what we need to
 * know of it.
 *
 * R1  Writing frames (update, sync-reply) are counted as they are handed over.
 * R2  Presence entries about anyone but us stay here: the provider would send everybody's back.
 * R3  What is larger than the relay takes is not sent.
 * R4  A frame that the client cannot read ends the connection, not the app.
 * R5  Nothing is reported, and so nothing sent, before the gate is open: until then a stranger may be at the other end.
 * R6  What is given to a socket that is not open is not sent, and not counted. Nor is what would write, on a reader's stream.
 */
import { decodeFrame, encodeFrame, type Frame } from '../../shared/protocol/frames';
import { decodeAwareness, encodeAwareness } from '../../shared/protocol/presence';
import { isWriting } from '../../shared/protocol/roles';
import type { Gate } from './gate';
import type { Socket } from './socket';

export interface SocketWatcher {
  readonly gate: Gate;
  /** The presence id that is ours by now. */
  readonly ownId: number;
  /** Bytes; the largest update that the relay takes. */
  readonly largestUpdate: number;
  onSent(frame: 'update' | 'sync-reply'): void;
  onTooLarge(bytes: number): void;
  onHeard(): void;
  /** What was heard has been taken in. */
  onTaken(): void;
  /** See {@link Socket.onbetter}. */
  onBetter(): void;
  /** Something that cannot be read came in. */
  onUnreadable(error: unknown): void;
}

type Handler<Event> = ((event: Event) => void) | null;

/**
 * A class as the provider's `WebSocketPolyfill` wants it.
 *
 * @param open called for each connection; the address that the provider makes says too little.
 */
export function countingSocket(open: () => Socket, watcher: SocketWatcher): typeof WebSocket {
  class CountingSocket {
    // The provider asks an instance for OPEN, not the class.
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    onopen: Handler<unknown> = null;
    onmessage: Handler<{ data: ArrayBuffer }> = null;
    onerror: Handler<unknown> = null;
    onclose: Handler<unknown> = null;
    readonly #inner: Socket;

    constructor() {
      this.#inner = open();
      this.#inner.binaryType = 'arraybuffer';
      const { gate } = watcher;
      this.#inner.onopen = (event: unknown) => gate.pass(() => this.onopen?.(event));
      this.#inner.onerror = (event: unknown) => gate.pass(() => this.onerror?.(event));
      this.#inner.onclose = (event: unknown) => gate.pass(() => this.onclose?.(event));
      this.#inner.onmessage = (event: { data: unknown }) => gate.pass(() => this.#receive(event.data));
      this.#inner.onbetter = () => gate.pass(() => watcher.onBetter());
    }

    get binaryType(): string {
      return this.#inner.binaryType;
    }

    set binaryType(type: string) {
      this.#inner.binaryType = type;
    }

    get readyState(): number {
      return this.#inner.readyState;
    }

    send(bytes: Uint8Array<ArrayBuffer>): void {
      if (this.readyState !== this.OPEN) return;
      const frame = decodeFrame(bytes);
      if (frame.type === 'awareness') {
        const own = decodeAwareness(frame.entries).filter((entry) => entry.id === watcher.ownId);
        if (own.length > 0) this.#inner.send(encodeFrame({ type: 'awareness', entries: encodeAwareness(own) }) as Uint8Array<ArrayBuffer>);
        return;
      }
      if (!isWriting(frame)) {
        this.#inner.send(bytes);
        return;
      }
      if (this.#inner.transport === 'event-stream') return;
      const { type, update } = frame as Extract<Frame, { type: 'update' | 'sync-reply' }>;
      if (update.length > watcher.largestUpdate) {
        watcher.onTooLarge(update.length);
        return;
      }
      this.#inner.send(bytes);
      watcher.onSent(type);
    }

    close(): void {
      this.#inner.close();
    }

    #receive(data: unknown): void {
      if (this.onmessage === null) return;
      watcher.onHeard();
      try {
        if (!(data instanceof ArrayBuffer)) throw new TypeError('a message is not binary');
        this.onmessage?.({ data });
        watcher.onTaken();
      } catch (error) {
        watcher.onUnreadable(error);
      }
    }
  }
  return CountingSocket as unknown as typeof WebSocket;
}
