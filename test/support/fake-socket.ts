import type { OpenSocket, Socket, SocketRequest, Transport } from '../../src/renderer/session/socket';
import { decodeFrame, encodeFrame, type Frame } from '../../src/shared/protocol/frames';

/** A socket whose other end is the test: it opens, says and closes what the test says. */
export class FakeSocket implements Socket {
  binaryType = 'blob';
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onbetter: (() => void) | null = null;
  readonly sent: Frame[] = [];
  readonly request: SocketRequest;
  transport: Transport = 'websocket';
  lastEventId: string | undefined;

  constructor(request: SocketRequest) {
    this.request = request;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push(decodeFrame(data));
  }

  close(): void {
    this.readyState = 3;
  }

  opens(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  says(frame: Frame): void {
    this.saysBytes(encodeFrame(frame));
  }

  saysBytes(bytes: Uint8Array): void {
    this.onmessage?.({ data: Uint8Array.from(bytes).buffer } as never);
  }

  isClosedWith(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as never);
  }

  /** The types of the frames that were sent. */
  get sentTypes(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

/** Opens fake sockets and keeps them, oldest first. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];

  readonly open: OpenSocket = (request) => {
    const socket = new FakeSocket(request);
    this.all.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  }
}
