import type { OpenSocket, Socket, SocketRequest } from '../../src/renderer/session/socket';
import { decodeFrame, encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { until } from './condition';
import { streamRequest } from './seen-stream';

export function socketRequest(changes: Partial<Omit<SocketRequest, 'document'>> & { document?: string } = {}): SocketRequest {
  const { document = 'paper', ...rest } = changes;
  return {
    relay: 'http://relay.test',
    relayId: () => 'r1',
    document: streamRequest({ document }).document,
    secret: undefined,
    role: 'editor',
    reader: { name: 'Ada', color: '#112233' },
    lastEventId: undefined,
    ...rest,
  };
}

/** A socket of which everything is kept. */
export class SeenSocket {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  opened = 0;
  better = 0;
  readonly closes: { readonly code: number; readonly reason: string }[] = [];

  constructor(open: OpenSocket, request: SocketRequest = socketRequest()) {
    this.socket = open(request);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () => {
      this.opened++;
    };
    this.socket.onmessage = ({ data }: { data: ArrayBuffer }) => {
      if (!(data instanceof ArrayBuffer)) throw new TypeError('a message is no ArrayBuffer');
      this.frames.push(decodeFrame(new Uint8Array(data)));
    };
    this.socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      this.closes.push({ code, reason });
    };
    this.socket.onbetter = () => {
      this.better++;
    };
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  send(frame: Frame | Uint8Array): void {
    this.socket.send((frame instanceof Uint8Array ? frame : encodeFrame(frame)) as Uint8Array<ArrayBuffer>);
  }

  async isOpen(timeoutMs?: number): Promise<this> {
    await until(`the socket is open, not ${JSON.stringify(this.closes)}`, () => this.opened > 0, timeoutMs);
    return this;
  }

  async isClosed(timeoutMs?: number): Promise<{ readonly code: number; readonly reason: string }> {
    await until('the socket is closed', () => this.closes.length > 0, timeoutMs);
    return this.closes[0] as { code: number; reason: string };
  }

  async has(type: Frame['type'], count = 1): Promise<this> {
    await until(
      `${count} × ${type}, not ${this.types} ${JSON.stringify(this.closes)}`,
      () => this.types.filter((each) => each === type).length >= count,
    );
    return this;
  }
}
