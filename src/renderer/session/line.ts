import { WebsocketProvider } from 'y-websocket';
import { decodeFrame, encodeFrame, type Frame, NOTICE, type Notice, PROGRESS } from '../../shared/protocol/frames';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Role } from '../../shared/protocol/roles';
import { hasGap } from '../documents/new-replica';
import type { Replica } from '../documents/replica';
import type { EndCause } from './connection-state';
import { countingSocket } from './counting-socket';
import { Gate } from './gate';
import type { OpenSocket, Socket, SocketRequest, Transport } from './socket';

/** By what a connection is opened. */
export interface Entry {
  /** `undefined` under open access. */
  readonly secret: string | undefined;
  readonly role: Role;
}

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
  /** A better transport works by now. */
  onBetter(): void;
}

/**
 * One replica's way to the relay: y-websocket's provider as the sync engine, without its reconnecting. It tries once
 * for each `connect`; when to try again is decided by step.ts.
 */
export class Line {
  readonly #provider: WebsocketProvider;
  readonly #watcher: LineWatcher;
  readonly #gate = new Gate();
  /** Made last. */
  #socket: Socket | undefined;
  /** Of what this replica has taken in; see {@link SocketRequest}. */
  #lastEventId: string | undefined;
  #entry: Entry = { secret: undefined, role: 'editor' };
  /** Of the one that let this connection in. */
  #relayId: string | undefined;
  /** Bytes; told anew by the relay for each connection. */
  #largestUpdate = Number.POSITIVE_INFINITY;
  /** Rises with each `connect` and `disconnect`: what belongs to an earlier one is not reported. */
  #era = 0;

  /** @param reader how a reader is shown to the others. */
  constructor(options: {
    address: DocumentAddress;
    replica: Replica;
    openSocket: OpenSocket;
    reader: () => SocketRequest['reader'];
    watcher: LineWatcher;
  }) {
    const { address, replica, watcher } = options;
    this.#watcher = watcher;
    const line = this;
    const relayId = () => this.#relayId;
    const open = () => {
      const { relay, document } = address;
      // With something missing, only the whole document helps.
      const lastEventId = hasGap(replica.doc) ? undefined : this.#lastEventId;
      this.#socket = options.openSocket({ relay, relayId, document, ...this.#entry, reader: options.reader(), lastEventId });
      return this.#socket;
    };
    const socket = countingSocket(open, {
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
      onTaken: () => {
        this.#lastEventId = this.#socket?.lastEventId;
      },
      onBetter: () => this.#soon(() => watcher.onBetter()),
      onUnreadable: (error) => this.#unreadable(error),
    });
    this.#provider = new WebsocketProvider(address.relay, address.document, replica.doc, {
      connect: false,
      awareness: replica.awareness,
      WebSocketPolyfill: socket,
      disableBc: true,
      shouldReconnect: () => false,
    });
    this.#listen();
  }

  /** With what the socket was opened that there is; it may not be open yet. */
  get entry(): Entry | undefined {
    return this.#provider.ws === null ? undefined : this.#entry;
  }

  /** What carries this connection; `undefined` without one. */
  get transport(): Transport | undefined {
    return this.#provider.wsconnected ? (this.#socket?.transport ?? 'websocket') : undefined;
  }

  /** Opens a socket, unless there is one. Nothing passes it before `admit`. */
  connect(entry: Entry): void {
    if (this.#provider.ws !== null) return;
    this.#entry = entry;
    this.#era++;
    this.#relayId = undefined;
    this.#gate.shut();
    try {
      this.#provider.connect();
    } catch (error) {
      // A browser refuses some addresses at once: plain ws: from an https: page, or what the page's policy forbids.
      // Not its words: they may quote what the socket was to be opened with.
      console.warn('No socket can be opened to this address.', error instanceof Error ? error.name : typeof error);
      this.giveUp('This relay cannot be reached from here.');
    }
  }

  /** The relay is the right one, and this is its id. `largestUpdate`: bytes. */
  admit(relayId: string, largestUpdate: number): void {
    this.#relayId = relayId;
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
    this.#lastEventId = undefined;
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
