/** A person with a device at a real relay: sessions as in the app, over real sockets, with every frame that they send. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { systemClock } from '../../src/renderer/documents/clock';
import { LOCAL_ORIGIN } from '../../src/renderer/documents/new-replica';
import {
  type DocumentSession,
  newDocumentSession,
  openDocumentSession,
  type SessionOptions,
} from '../../src/renderer/session/document-session';
import type { FirstContent } from '../../src/renderer/session/first-content';
import type { Socket, SocketRequest, Transport } from '../../src/renderer/session/socket';
import { socketsByRole } from '../../src/renderer/session/sockets/sockets-by-role';
import { webSocketOpener } from '../../src/renderer/session/sockets/websocket';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { decodeFrame, type Frame } from '../../src/shared/protocol/frames';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from './condition';
import { MemoryStorage } from './memory-storage';

const open = new Set<SessionClient>();
// y-websocket listens for the end of the process, once for each provider.
process.setMaxListeners(0);

/** For `afterEach`. */
export async function endSessionClients(): Promise<void> {
  await Promise.all([...open].map((client) => client.close()));
}

export interface SessionClientOptions {
  readonly relay: string;
  readonly document: DocumentId;
  readonly name?: string;
  /** What it keeps; outlives restarts of the client. */
  readonly storage?: MemoryStorage;
  readonly fetch?: typeof fetch;
  /** How long a frame of a writing socket is on its way, up and down. */
  readonly latencyMs?: number;
  /** Where its sockets go to, when requests go by a proxy. */
  readonly socketRelay?: string;
}

const openBest = socketsByRole({
  openWebSocket: webSocketOpener(WebSocket),
  openStream: ownStreams({ fetch: globalThis.fetch, clock: systemClock }),
  fetch: globalThis.fetch,
  clock: systemClock,
  chance: Math.random,
  onOnline: () => () => undefined,
});

export class SessionClient {
  readonly storage: MemoryStorage;
  /** Every frame that was sent, by any connection. */
  readonly sent: Frame[] = [];
  readonly requests: SocketRequest[] = [];
  readonly #options: SessionClientOptions;
  #session: DocumentSession | undefined;

  constructor(options: SessionClientOptions) {
    this.#options = options;
    this.storage = options.storage ?? new MemoryStorage();
    open.add(this);
  }

  /** @param secret in the address. @param first when the document begins here. */
  async open(secret = '', first?: FirstContent): Promise<this> {
    const { relay, document, name = 'Ann', fetch = globalThis.fetch } = this.#options;
    const options: SessionOptions = {
      address: { relay, document, secret },
      storage: this.storage,
      clock: systemClock,
      random: (bytes) => new Uint8Array(randomBytes(bytes)),
      openSocket: (request) => this.#openSocket(request),
      me: () => ({ name, color: '#336699' }),
      fetch,
    };
    this.#session = await (first === undefined ? openDocumentSession(options) : newDocumentSession(options, first));
    return this;
  }

  get session(): DocumentSession {
    if (this.#session === undefined) throw new Error('it is not open');
    return this.#session;
  }

  get status() {
    return this.session.status.current;
  }

  get text(): string {
    return this.session.replica.current.content.toString();
  }

  get key() {
    return this.session.keptKey.current;
  }

  type(text: string): void {
    const { doc, content } = this.session.replica.current;
    doc.transact(() => content.insert(content.length, text), LOCAL_ORIGIN);
  }

  async connected(role: 'editor' | 'viewer' = 'editor'): Promise<this> {
    const transport = role === 'editor' ? 'websocket' : 'event-stream';
    const holds = () => this.status.connection.state === 'connected' && this.status.role === role && this.status.transport === transport;
    await until(`connected as ${role}`, holds, 20_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(this.status)}`);
    });
    return this;
  }

  async saved(): Promise<void> {
    await until('everything is saved', () => this.status.truth === 'saved' && this.status.unsavedSince === undefined, 20_000);
  }

  /** The text that was sent to be written, in the order in which it was sent. */
  textSent(from = 0): string {
    return this.sent.slice(from).map(textOf).join('');
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
    open.delete(this);
  }

  #openSocket(request: SocketRequest) {
    this.requests.push(request);
    const there = { ...request, relay: this.#options.socketRelay ?? request.relay };
    const { latencyMs = 0 } = this.#options;
    const socket = latencyMs === 0 || request.role === 'viewer' ? openBest(there) : new LateSocket(openBest(there), latencyMs);
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      this.sent.push(decodeFrame(Uint8Array.from(data)));
      send(data);
    };
    return socket;
  }
}

/** Reports and sends everything in its order, later. */
class LateSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onerror: Socket['onerror'] = null;
  onclose: Socket['onclose'] = null;
  readonly #inner: Socket;
  readonly #ms: number;

  constructor(inner: Socket, ms: number) {
    this.#inner = inner;
    this.#ms = ms;
    inner.onopen = (event) => this.#later(() => this.onopen?.(event));
    inner.onmessage = (event) => this.#later(() => this.onmessage?.(event));
    inner.onerror = (event) => this.#later(() => this.onerror?.(event));
    inner.onclose = (event) => this.#later(() => this.onclose?.(event));
  }

  get transport(): Transport {
    return this.#inner.transport ?? 'websocket';
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

  send(data: Uint8Array<ArrayBuffer>): void {
    this.#later(() => this.#inner.send(data));
  }

  close(): void {
    this.#inner.close();
  }

  /** Timers of the same length ring in their order. */
  #later(action: () => void): void {
    setTimeout(action, this.#ms);
  }
}

function textOf(frame: Frame): string {
  if (frame.type !== 'update' && frame.type !== 'sync-reply') return '';
  const { structs } = Y.decodeUpdate(frame.update);
  return structs.map((struct) => ('content' in struct && struct.content instanceof Y.ContentString ? struct.content.str : '')).join('');
}
