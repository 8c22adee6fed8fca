import type { Socket } from '../socket';
import { CUT_CODE } from './socket-face';

/** A socket that is tried. What it says waits until somebody takes it over. */
export interface AttemptWatcher {
  /** It works: the relay has spoken. Some proxies accept a WebSocket and then carry nothing; the relay speaks first to whoever may write. */
  onReady(): void;
  /** It ended without that, or before anybody took it over. Neither is told after `drop`. */
  onFailed(code: number, reason: string): void;
}

/** Who takes a socket over. */
export interface Taker {
  message(data: ArrayBuffer): void;
  closed(code: number, reason: string): void;
}

export class Attempt {
  readonly #socket: Socket | undefined;
  readonly #held: ArrayBuffer[] = [];
  #taker: Taker | undefined;
  #state: 'trying' | 'ready' | 'over' = 'trying';

  constructor(open: () => Socket, watcher: AttemptWatcher) {
    const ready = (): void => {
      if (this.#state !== 'trying') return;
      this.#state = 'ready';
      watcher.onReady();
    };
    const ended = (code: number, reason: string): void => {
      if (this.#state === 'over') return;
      this.#state = 'over';
      if (this.#taker === undefined) watcher.onFailed(code, reason);
      else this.#taker.closed(code, reason);
    };
    try {
      const socket = open();
      this.#socket = socket;
      socket.binaryType = 'arraybuffer';
      // That it ends says enough; but Node's WebSocket throws the errors that nobody hears.
      socket.onerror = () => undefined;
      socket.onmessage = ({ data }: { readonly data: ArrayBuffer }) => {
        if (this.#taker === undefined) this.#held.push(data);
        else this.#taker.message(data);
        ready();
      };
      socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => ended(code, reason);
    } catch (error) {
      // A browser refuses some addresses at once: plain ws: from an https: page, or what the page's policy forbids.
      // Not its words: they may quote what the socket was to be opened with.
      console.warn('This way to the relay cannot be tried.', error instanceof Error ? error.name : typeof error);
      queueMicrotask(() => ended(CUT_CODE, ''));
    }
  }

  get socket(): Socket | undefined {
    return this.#socket;
  }

  /** Once it is ready. It is the taker's from now on, with what it has said so far. */
  takeOver(taker: Taker): void {
    this.#taker = taker;
    for (const data of this.#held.splice(0)) taker.message(data);
  }

  /** It is not needed, or not any more. */
  drop(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#socket?.close();
  }
}
