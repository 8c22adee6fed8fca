/** HTTP/2 as bytes over TLS (RFC 9113), for what no HTTP/2 client would send. */
import { connect, type TLSSocket } from 'node:tls';
import { until } from './condition';

export const FRAME = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 } as const;
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const open = new Set<RawHttp2>();

/** For `afterEach`. */
export function endRawHttp2(): void {
  for (const client of open) client.destroy();
}

export class RawHttp2 {
  readonly socket: TLSSocket;
  received = Buffer.alloc(0);
  isClosed = false;
  #nextStream = 1;

  /** With a finished handshake; nothing is sent yet. */
  static async connected(port: number): Promise<RawHttp2> {
    const client = new RawHttp2(port);
    await until('the handshake is done', () => client.socket.alpnProtocol === 'h2' || client.isClosed);
    return client;
  }

  private constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false });
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    open.add(this);
  }

  /** The preface and our settings: all defaults. */
  begin(): this {
    this.socket.write(PREFACE);
    return this.send(FRAME.settings, 0, 0);
  }

  send(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): this {
    if (!this.isClosed) this.socket.write(frame(type, flags, stream, payload));
    return this;
  }

  /** Begins a request; the number of its stream. */
  ask(path: string, { method = 'GET', flags = END_STREAM | END_HEADERS } = {}): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.send(FRAME.headers, flags, stream, requestHead(method, path));
    return stream;
  }

  /** Types of all frames that came, with the first four bytes of their payload as a number. */
  frames(): { readonly type: number; readonly stream: number; readonly word: number; readonly payload: Buffer }[] {
    const found = [];
    for (let at = 0; at + 9 <= this.received.length; ) {
      const length = this.received.readUIntBE(at, 3);
      const payload = this.received.subarray(at + 9, at + 9 + length);
      const word = payload.length >= 4 ? payload.readUInt32BE(0) : 0;
      found.push({ type: this.received[at + 3] ?? 0, stream: this.received.readUInt32BE(at + 5), word, payload });
      at += 9 + length;
    }
    return found;
  }

  /** The code in GOAWAY. */
  get goneAway(): number | undefined {
    return this.frames()
      .find(({ type }) => type === FRAME.goAway)
      ?.payload.readUInt32BE(4);
  }

  async closed(timeoutMs?: number): Promise<void> {
    await until('the connection is closed', () => this.isClosed, timeoutMs);
  }

  destroy(): void {
    open.delete(this);
    this.socket.destroy();
  }
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Fields as literals without a name in the table's dynamic part (RFC 7541, section 6.2.2). */
function requestHead(method: string, path: string): Buffer {
  const literal = (index: number, value: string): number[] => [index, value.length, ...Buffer.from(value)];
  return Buffer.from([0x87, ...literal(0x02, method), ...literal(0x04, path), ...literal(0x01, '127.0.0.1')]);
}
