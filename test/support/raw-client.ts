/** Clients that send whatever a test wants: protocol messages over a proper WebSocket, or bytes over TCP. */
import { connect, type Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { decodeFrame, encodeFrame, type Frame, SUBPROTOCOL_PLAIN } from '../../src/shared/protocol/frames';
import { until } from './condition';

const open = new Set<{ destroy(): void }>();

/** For `afterEach`. */
export function endRawClients(): void {
  for (const client of open) client.destroy();
  open.clear();
}

export interface RawClientOptions extends ClientOptions {
  readonly protocols?: readonly string[];
  /** Answers the relay's sync-requests with this update, as stock clients do. Nothing unless given. */
  readonly answer?: () => Uint8Array;
}

/** A WebSocket that sends bytes as they are and keeps everything that comes. */
export class RawClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** The status with which the relay refused the upgrade. */
  refused: { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string } | undefined;

  constructor(url: string, { protocols = [SUBPROTOCOL_PLAIN], answer, ...options }: RawClientOptions = {}) {
    this.socket = new WebSocket(url, [...protocols], { perMessageDeflate: false, ...options });
    this.socket.on('message', (data: Buffer) => {
      const frame = decodeFrame(data);
      this.frames.push(frame);
      if (frame.type === 'sync-request' && answer !== undefined) this.send({ type: 'sync-reply', update: answer() });
    });
    this.socket.on('close', (code, reason) => {
      this.closed ??= { code, reason: reason.toString() };
    });
    this.socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        this.refused = { status: response.statusCode ?? 0, headers: response.headers, body };
        this.closed ??= { code: 1006, reason: '' };
      });
    });
    this.socket.on('error', (error) => {
      this.failure = error;
    });
    open.add(this);
  }

  /** What the socket itself complained about. */
  failure: Error | undefined;

  async opened(): Promise<this> {
    await until('the WebSocket is open', () => this.socket.readyState === WebSocket.OPEN || this.closed !== undefined);
    return this;
  }

  /** Open, and the relay answered a sync-request. */
  async joined(): Promise<this> {
    await this.opened();
    this.send({ type: 'sync-request', stateVector: Uint8Array.of(0) });
    await until('a sync-reply', () => this.count('sync-reply') > 0);
    return this;
  }

  send(message: Frame | Uint8Array | string): void {
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : encodeFrame(message));
  }

  count(type: Frame['type']): number {
    return this.frames.filter((frame) => frame.type === type).length;
  }

  async ended(timeoutMs?: number): Promise<{ readonly code: number; readonly reason: string }> {
    await until('the connection ends', () => this.closed !== undefined, timeoutMs);
    return this.closed ?? { code: 0, reason: '' };
  }

  destroy(): void {
    open.delete(this);
    this.socket.terminate();
  }
}

/** A TCP connection, for what no WebSocket or HTTP client would send. */
export class RawSocket {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.on('error', () => {
      this.isClosed = true;
    });
    open.add(this);
  }

  /** A finished handshake: from here on, WebSocket frames. */
  static async upgraded(port: number, document: string): Promise<RawSocket> {
    const client = new RawSocket(port);
    client.write(upgradeRequest(document));
    await until('the handshake is answered', () => client.text.includes('\r\n\r\n') || client.isClosed);
    if (!client.text.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${client.text}`);
    return client;
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Of the HTTP answer; 0 without one. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }

  /** The code in the relay's last close frame. */
  get closeCode(): number | undefined {
    const start = this.received.lastIndexOf(0x88);
    const length = this.received[start + 1];
    if (start < 0 || length === undefined || start + 2 + length !== this.received.length || length < 2) return undefined;
    return this.received.readUInt16BE(start + 2);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  async ended(timeoutMs?: number): Promise<void> {
    await until('the connection ends', () => this.isClosed, timeoutMs);
  }

  destroy(): void {
    open.delete(this);
    this.socket.destroy();
  }
}

export function upgradeRequest(document: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET /${document} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A client's WebSocket frame (RFC 6455, section 5.2) with any first byte; masked with zeros unless told otherwise. */
export function clientFrame(firstByte: number, payload: Uint8Array, { masked = true } = {}): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? [firstByte, length]
      : length < 65_536
        ? [firstByte, 126, length >> 8, length & 0xff]
        : [firstByte, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  head[1] = (head[1] ?? 0) | (masked ? 0x80 : 0);
  return Buffer.concat([Buffer.from(head), masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}
