import { WebsocketProvider } from 'y-websocket';
import { decodeFrame, encodeFrame, type Frame, NOTICE, type Notice, PROGRESS, SUBPROTOCOL_WEFT } from '../../shared/protocol/frames';
import type { DocumentAddress } from '../../shared/protocol/links';
import { webSocketBase } from '../../shared/protocol/routes';
import type { Replica } from '../documents/replica';
import { countingSocket, type OpenSocket } from './counting-socket';
import { Gate } from './gate';
import type { EndCause } from './step';

/** What happens on a line, in its own words. Nothing is reported after `disconnect`. */
export interface LineWatcher {
  onOpened(): void;
  onSynced(): void;
  onEnded(cause: EndCause): void;
  onHeard(): void;
  onSent(frame: 'update' | 'sync-reply'): void;
  onTooLarge(): void;
  onProgress(received: number, saved: number): void;
  onNotice(notice: Notice): void;
}

/**
 * One replica's way to the relay: y-websocket's provider as the sync engine, without its reconnecting. It tries once
 * for each `connect`; when to try again is decided by step.ts.
 */
export class Line {
  readonly #provider: WebsocketProvider;
  readonly #watcher: LineWatcher;
  readonly #gate = new Gate();
  /** Bytes; told anew by the relay for each connection. */
  #largestUpdate = Number.POSITIVE_INFINITY;
  /** Rises with each `connect` and `disconnect`: what belongs to an earlier one is not reported. */
  #era = 0;

  constructor(options: { address: DocumentAddress; replica: Replica; openSocket: OpenSocket; watcher: LineWatcher }) {
    const { address, replica, watcher } = options;
    this.#watcher = watcher;
    const line = this;
    const socket = countingSocket(options.openSocket, {
      gate: this.#gate,
      get ownId() {
        return replica.awareness.clientID;
      },
      get largestUpdate() {
        return line.#largestUpdate;
      },
      onSent: (frame) => watcher.onSent(frame),
      onTooLarge: () => this.#soon(() => watcher.onTooLarge()),
      onHeard: () => watcher.onHeard(),
      onUnreadable: (error) => this.#unreadable(error),
    });
    this.#provider = new WebsocketProvider(webSocketBase(address.relay), address.document, replica.doc, {
      connect: false,
      awareness: replica.awareness,
      protocols: [SUBPROTOCOL_WEFT],
      WebSocketPolyfill: socket,
      disableBc: true,
      shouldReconnect: () => false,
    });
    this.#listen();
  }

  /** Opens a socket, unless there is one. Nothing passes it before `admit`. */
  connect(): void {
    if (this.#provider.ws !== null) return;
    this.#era++;
    this.#gate.shut();
    try {
      this.#provider.connect();
    } catch (error) {
      // A browser refuses some addresses at once: plain ws: from an https: page, or what the page's policy forbids.
      console.warn('No socket can be opened to this address.', error);
      this.giveUp('This relay cannot be reached from here.');
    }
  }

  /** The relay is the right one. `largestUpdate`: bytes. */
  admit(largestUpdate: number): void {
    this.#largestUpdate = largestUpdate;
    this.#gate.open();
  }

  disconnect(): void {
    this.#provider.disconnect();
    this.#era++;
  }

  /** Sends a frame that the provider does not send by itself; nothing when the line is not open. */
  send(frame: Frame): void {
    const socket = this.#provider.ws;
    if (this.#provider.wsconnected && socket?.readyState === socket?.OPEN) socket?.send(encodeFrame(frame) as Uint8Array<ArrayBuffer>);
  }

  /** Reports that this connection is of no use any more. `reason`: one sentence for a person. */
  giveUp(reason: string): void {
    this.#soon(() => this.#watcher.onEnded({ type: 'lost', reason }));
  }

  destroy(): void {
    this.#provider.destroy();
    this.#era++;
  }

  #listen(): void {
    const provider = this.#provider;
    provider.on('status', ({ status }) => {
      if (status === 'connected') this.#watcher.onOpened();
    });
    provider.on('sync', (synced) => {
      if (synced) this.#watcher.onSynced();
    });
    provider.on('connection-close', (event) => {
      if (event !== null) return;
      // Its watchdog heard nothing for 30 s. It would reconnect by itself, without asking which relay is there now.
      // After `disconnect` it is the same event, and by the time it would be reported, another era.
      provider.shouldConnect = false;
      this.giveUp('The relay does not answer any more.');
    });
    provider.on('closed', ({ code, reason }) => this.#watcher.onEnded({ type: 'closed', code, reason }));
    // The decoder stands behind the type; frames.ts reads whole messages.
    provider.messageHandlers[PROGRESS] = (_encoder, { arr }) => {
      const frame = decodeFrame(arr);
      if (frame.type === 'progress') this.#watcher.onProgress(frame.received, frame.saved);
    };
    provider.messageHandlers[NOTICE] = (_encoder, { arr }) => {
      const frame = decodeFrame(arr);
      if (frame.type === 'notice') this.#watcher.onNotice(frame.notice);
    };
  }

  #unreadable(error: unknown): void {
    console.warn('The relay sent something unreadable; connecting anew.', error);
    this.giveUp('The relay sent something unreadable.');
  }

  /** After the provider is done with what it is doing: it is in the middle of its own bookkeeping when it tells us. */
  #soon(tell: () => void): void {
    const era = this.#era;
    queueMicrotask(() => {
      if (era === this.#era) tell();
    });
  }
}
