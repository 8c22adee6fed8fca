import type { Socket, Transport } from '../socket';

/** A browser's code for “cut, and nobody said why”: whoever is connected may come back. */
export const CUT_CODE = 1006;

type Handler<Event> = ((event: Event) => void) | null;

/**
 * What y-websocket's provider and we see of a transport: the part of a browser's WebSocket that they use. Messages are
 * whole `ArrayBuffer`s. After a `close` from here nothing is told any more, that it is closed neither.
 */
export abstract class SocketFace implements Socket {
  binaryType = 'arraybuffer';
  onopen: Handler<unknown> = null;
  onmessage: Handler<{ readonly data: ArrayBuffer }> = null;
  onerror: Handler<unknown> = null;
  onclose: Handler<{ readonly code: number; readonly reason: string }> = null;
  abstract readonly transport: Transport;
  #readyState: 0 | 1 | 3 = 0;

  /** As of a WebSocket: 0 connecting, 1 open, 3 closed. */
  get readyState(): number {
    return this.#readyState;
  }

  protected get isOpen(): boolean {
    return this.#readyState === 1;
  }

  protected get isOver(): boolean {
    return this.#readyState === 3;
  }

  abstract send(data: Uint8Array<ArrayBuffer>): void;

  close(): void {
    if (this.isOver) return;
    this.#readyState = 3;
    this.release();
  }

  /** Lets go of everything; called once, whoever closes. */
  protected abstract release(): void;

  protected tellOpen(): void {
    if (this.#readyState !== 0) return;
    this.#readyState = 1;
    this.onopen?.({});
  }

  protected tellMessage(data: ArrayBuffer): void {
    if (this.isOpen) this.onmessage?.({ data });
  }

  /** It is over, from the other side. */
  protected tellClose(code: number, reason: string): void {
    if (this.isOver) return;
    this.#readyState = 3;
    this.release();
    this.onclose?.({ code, reason });
  }
}
