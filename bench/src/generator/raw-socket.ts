/**
 * A WebSocket client that costs next to nothing (RFC 6455): whatever the generator spends, the relay cannot have. No
 * events, no copies of small messages, one buffer that all sockets read into.
 *
 * R1  Messages are handed over as views that hold only during the call.
 * R2  Messages leave masked with a mask that is not zero: some servers save work at zero, browsers never send it.
 */
import { connect, type Socket } from 'node:net';

export interface SocketHandler {
  opened(): void;
  /** One binary message is in `bytes` between `start` and `end`. */
  received(bytes: Buffer, start: number, end: number): void;
  closed(reason: string): void;
}

export interface SocketOptions {
  readonly port: number;
  readonly path: string;
  readonly protocol: string | undefined;
}

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const FINAL_BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;
const CLOSE = 0x88;
const HEAD_END = Buffer.from('\r\n\r\n');

export class RawSocket {
  bytesIn = 0;
  bytesOut = 0;
  readonly #handler: SocketHandler;
  readonly #socket: Socket;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  /** A message that is not all here, in a buffer that has room for the rest. */
  #pending: Buffer | undefined;
  #pendingLength = 0;

  constructor(options: SocketOptions, handler: SocketHandler) {
    this.#handler = handler;
    this.#socket = connect({
      host: '127.0.0.1',
      port: options.port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length, buffer) => {
          this.bytesIn += length;
          this.#read(buffer as Buffer, length);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the connection ended'));
    this.#socket.write(upgradeRequest(options));
  }

  /** Bytes that wait because the relay does not read. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  send(message: Uint8Array): void {
    const frame = maskedFrame(FINAL_BINARY, message);
    this.bytesOut += frame.length;
    this.#socket.write(frame);
  }

  whenDrained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  /** As a cut cable. */
  destroy(): void {
    this.#state = 'closed';
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#socket.destroy();
    this.#handler.closed(reason);
  }

  #read(chunk: Buffer, length: number): void {
    if (this.#pending === undefined) {
      const used = this.#take(chunk, length);
      if (used < length) this.#keep(chunk.subarray(used, length));
      return;
    }
    this.#keep(chunk.subarray(0, length));
    const pending = this.#pending;
    const pendingLength = this.#pendingLength;
    const used = this.#take(pending, pendingLength);
    if (used === 0) return;
    this.#pending = undefined;
    this.#pendingLength = 0;
    if (used < pendingLength) this.#keep(pending.subarray(used, pendingLength));
  }

  #keep(bytes: Buffer): void {
    const wanted = this.#pendingLength + bytes.length;
    if (this.#pending === undefined || this.#pending.length < wanted) {
      const larger = Buffer.allocUnsafeSlow(Math.max(4096, 2 * wanted));
      this.#pending?.copy(larger, 0, 0, this.#pendingLength);
      this.#pending = larger;
    }
    bytes.copy(this.#pending, this.#pendingLength);
    this.#pendingLength = wanted;
  }

  /** Hands over whole messages; returns how many bytes those were. */
  #take(bytes: Buffer, length: number): number {
    let at = 0;
    if (this.#state === 'connecting') {
      const headEnd = bytes.subarray(0, length).indexOf(HEAD_END);
      if (headEnd === -1) return 0;
      const status = bytes.toString('latin1', 9, 12);
      if (status !== '101') {
        this.#end(`the upgrade was answered with ${status}`);
        return length;
      }
      this.#state = 'open';
      this.#handler.opened();
      at = headEnd + HEAD_END.length;
    }
    while (length - at >= 2 && this.#state === 'open') {
      const short = bytes[at + 1] as number;
      let start = at + 2;
      let size = short;
      if (short === 126) {
        if (length - at < 4) break;
        size = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (short === 127) {
        if (length - at < 10) break;
        size = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
        start = at + 10;
      }
      const end = start + size;
      if (end > length) break;
      this.#dispatch(bytes[at] as number, bytes, start, end);
      at = end;
    }
    return at;
  }

  #dispatch(first: number, bytes: Buffer, start: number, end: number): void {
    if (first === FINAL_BINARY) this.#handler.received(bytes, start, end);
    else if (first === PING) this.#socket.write(maskedFrame(PONG, bytes.subarray(start, end)));
    else if (first === CLOSE) this.#end(`closed with ${end - start >= 2 ? bytes.readUInt16BE(start) : 'no code'}`);
    else if (first !== PONG) this.#end(`a frame that begins with ${first}`);
  }
}

function upgradeRequest({ port, path, protocol }: SocketOptions): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n');
}

function maskedFrame(first: number, message: Uint8Array): Buffer {
  const { length } = message;
  const head = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = first;
  if (head === 6) {
    frame[1] = 128 | length;
  } else if (head === 8) {
    frame[1] = 128 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 128 | 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  frame.set(MASK, head - 4);
  for (let index = 0; index < length; index++) frame[head + index] = (message[index] as number) ^ (MASK[index & 3] as number);
  return frame;
}
