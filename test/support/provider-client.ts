/** y-websocket's provider over one of our own sockets, as in the app, without the session around it. */
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { countingSocket } from '../../src/renderer/session/counting-socket';
import { Gate } from '../../src/renderer/session/gate';
import type { OpenSocket, Socket, SocketRequest } from '../../src/renderer/session/socket';
import { decodeFrame, NOTICE, PROGRESS, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { until } from './condition';

const open = new Set<ProviderClient>();

/** For `afterEach`. */
export function endProviderClients(): void {
  for (const client of open) client.destroy();
}

export interface ProviderClientOptions {
  readonly doc?: Y.Doc;
  readonly name?: string;
}

export class ProviderClient {
  readonly doc: Y.Doc;
  readonly provider: WebsocketProvider;
  readonly sockets: Socket[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  progress = { received: 0, saved: 0 };
  opened = 0;

  /** It connects once; again when it is told to. */
  constructor(
    openSocket: OpenSocket,
    request: SocketRequest,
    { doc = new Y.Doc(), name = request.reader.name }: ProviderClientOptions = {},
  ) {
    this.doc = doc;
    const gate = new Gate();
    gate.open();
    const socket = countingSocket(() => this.#open(openSocket, request), {
      gate,
      ownId: doc.clientID,
      largestUpdate: Number.POSITIVE_INFINITY,
      onSent: () => undefined,
      onTooLarge: () => undefined,
      onHeard: () => undefined,
      onTaken: () => undefined,
      onBetter: () => undefined,
      onUnreadable: (error) => {
        throw error;
      },
    });
    this.provider = new WebsocketProvider('ws://relay.test', request.document, doc, {
      WebSocketPolyfill: socket,
      disableBc: true,
      protocols: [SUBPROTOCOL_WEFT],
      shouldReconnect: () => false,
    });
    this.provider.awareness.setLocalStateField('user', { name, color: request.reader.color });
    this.provider.on('status', ({ status }) => {
      if (status === 'connected') this.opened++;
    });
    this.provider.on('closed', (close) => this.closes.push(close));
    this.provider.messageHandlers[PROGRESS] = (_encoder, { arr }) => {
      const frame = decodeFrame(arr);
      if (frame.type === 'progress') this.progress = { received: frame.received, saved: frame.saved };
    };
    this.provider.messageHandlers[NOTICE] = () => undefined;
    open.add(this);
  }

  #open(openSocket: OpenSocket, request: SocketRequest): Socket {
    const socket = openSocket({ ...request, lastEventId: this.lastEventId });
    this.sockets.push(socket);
    return socket;
  }

  /** Under the one that counts. */
  get socket(): Socket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('it never connected');
    return last;
  }

  get lastEventId(): string | undefined {
    return this.sockets.at(-1)?.lastEventId;
  }

  get text(): string {
    return this.doc.getText('content').toString();
  }

  /** Names of the others. */
  get others(): string[] {
    const { awareness, doc } = this.provider;
    const states = [...awareness.getStates()].filter(([id]) => id !== doc.clientID);
    return states.map(([, { user }]) => String((user as { name?: unknown } | undefined)?.name)).sort();
  }

  type(text: string): void {
    const content = this.doc.getText('content');
    content.insert(content.length, text);
  }

  callMyself(name: string, color = '#445566'): void {
    this.provider.awareness.setLocalStateField('user', { name, color });
  }

  connectAgain(): void {
    this.provider.connect();
  }

  async synced(): Promise<this> {
    await until(`the client is synced, not ${JSON.stringify(this.closes)}`, () => this.provider.synced);
    return this;
  }

  async shows(text: string, timeoutMs?: number): Promise<void> {
    await until(`the client shows “${text.slice(0, 60)}”, not “${this.text.slice(0, 60)}”`, () => this.text === text, timeoutMs);
  }

  destroy(): void {
    open.delete(this);
    this.provider.destroy();
  }
}
