/** An unchanged y-websocket 3 client of yjs 13, as any application would use it. */
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { until } from './condition';

export interface StockClientOptions {
  readonly doc?: Y.Doc;
  readonly protocols?: readonly string[];
  readonly name?: string;
  /** Takes any certificate, such as one of a test that signs itself. */
  readonly trustsAnyone?: boolean;
}

const open = new Set<StockClient>();

// Each provider listens for the end of the process, and a test has many.
process.setMaxListeners(0);

export class StockClient {
  readonly doc: Y.Doc;
  readonly provider: WebsocketProvider;
  /** How the relay ended connections, in order. */
  readonly closes: { code: number; reason: string }[] = [];
  connections = 0;

  /** @param relay its address for WebSockets. */
  constructor(relay: string, document: string, { doc = new Y.Doc(), protocols = [], name, trustsAnyone = false }: StockClientOptions = {}) {
    this.doc = doc;
    this.provider = new WebsocketProvider(relay, document, doc, {
      WebSocketPolyfill: asPolyfill(trustsAnyone ? TrustingWebSocket : WebSocket),
      disableBc: true,
      protocols: [...protocols],
    });
    this.provider.on('status', ({ status }) => {
      if (status === 'connected') this.connections++;
    });
    this.provider.on('connection-close', (event) => {
      if (event !== null) this.closes.push({ code: event.code, reason: event.reason });
    });
    if (name !== undefined) this.provider.awareness.setLocalStateField('user', { name, color: '#336699' });
    open.add(this);
  }

  get text(): string {
    return this.content.toString();
  }

  get content(): Y.Text {
    return this.doc.getText('content');
  }

  /** Names of everybody it sees, itself included. */
  get people(): string[] {
    const names: string[] = [];
    for (const state of this.provider.awareness.getStates().values()) {
      const user: unknown = state.user;
      if (typeof user === 'object' && user !== null && 'name' in user && typeof user.name === 'string') names.push(user.name);
    }
    return names.sort();
  }

  type(text: string): void {
    this.content.insert(this.content.length, text);
  }

  async synced(): Promise<this> {
    await until('the client is synced', () => this.provider.synced);
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

/** For `afterEach`. */
export function endStockClients(): void {
  for (const client of open) client.destroy();
}

/** ws has every part of the browser's class that y-websocket uses, but not the same type. */
export function asPolyfill(
  implementation: new (address: string, protocols: string[]) => WebSocket = WebSocket,
): typeof globalThis.WebSocket {
  return implementation as unknown as typeof globalThis.WebSocket;
}

class TrustingWebSocket extends WebSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols, { rejectUnauthorized: false });
  }
}
