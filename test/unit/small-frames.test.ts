import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { readSmallFrames, SmallFrames } from '../../server/transports/small-frames';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';

const MAX_PAYLOAD = 5_000;
const BINARY = 2;
const TEXT = 1;
const CONTINUATION = 0;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

interface Shape {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly masked?: boolean;
  /** In how many bytes the length is written, beyond the second; as few as it takes unless told. */
  readonly lengthBytes?: 0 | 2 | 8;
  readonly reserved?: number;
}

/** Not in the type definitions. */
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

/** As a client sends it (RFC 6455, section 5.2). */
function frame(payload: Uint8Array, { opcode = BINARY, final = true, masked = true, lengthBytes, reserved = 0 }: Shape = {}): Buffer {
  const { length } = payload;
  const extra = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + extra);
  head[0] = (final ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(length, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2);
  const mask = masked ? Buffer.from([0x37, 0xfa, 0x21, 0x3d]) : Buffer.alloc(0);
  const body = Buffer.from(payload).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, mask, body]);
}

const payload = (length: number, first = 0): Buffer => Buffer.from(Array.from({ length }, (_, index) => (first + index * 7) & 0xff));

/** A receiver of ws, and what came out of it. */
class Listener {
  readonly heard: string[] = [];
  /** Bytes that went through ws. */
  read = 0;
  readonly #receiver = new Receiver({ isServer: true, maxPayload: MAX_PAYLOAD });

  constructor(onError?: () => void) {
    const { heard } = this;
    this.#receiver.on('message', (data: Buffer, isBinary: boolean) => this.received(data, isBinary));
    this.#receiver.on('ping', (data: Buffer) => heard.push(`ping ${data.toString('hex')}`));
    this.#receiver.on('pong', (data: Buffer) => heard.push(`pong ${data.toString('hex')}`));
    this.#receiver.on('conclude', (code: number) => heard.push(`close ${code}`));
    this.#receiver.on('error', (error: Error) => {
      heard.push(error.message);
      onError?.();
    });
  }

  received(data: Buffer, isBinary: boolean): void {
    this.heard.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`);
  }

  /** As ws itself: nothing after a close frame or an error. */
  take(bytes: Buffer): void {
    if (this.heard.some((what) => !/^(binary|text|ping|pong) /.test(what))) return;
    this.read += bytes.length;
    this.#receiver.write(bytes);
  }
}

/** What is heard of bytes that come in these pieces, from ws alone and with small frames taken out. */
async function hear(pieces: readonly Buffer[]): Promise<{ alone: Listener; together: Listener }> {
  const alone = new Listener();
  for (const piece of pieces) alone.take(Buffer.from(piece));
  const socket = new EventEmitter() as Socket;
  const together = new Listener(() => frames.end());
  const frames: SmallFrames = new SmallFrames({
    socket,
    taker: together,
    toWs(bytes) {
      expect(this).toBe(socket);
      together.take(bytes);
    },
    maxPayload: MAX_PAYLOAD,
  });
  // Errors of a receiver come at the end of the turn.
  for (const piece of pieces) {
    frames.take(Buffer.from(piece));
    await new Promise((resolve) => process.nextTick(resolve));
  }
  await new Promise((resolve) => setImmediate(resolve));
  return { alone, together };
}

function cut(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(random, pick(random, [1, 3, 8, 40, 300, 5_000])));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

describe('a small frame', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 125, 126, 127, 1_000, 4_999, 5_000])(
    'of %i bytes is taken, unmasked, beside others',
    async (length) => {
      const bytes = Buffer.concat([frame(payload(length, 3)), frame(payload(9)), frame(payload(length))]);
      const { alone, together } = await hear([bytes]);
      expect(together.heard).toEqual([3, 0, 0].map((first, index) => `binary ${payload(index === 1 ? 9 : length, first).toString('hex')}`));
      expect(together.heard).toEqual(alone.heard);
      // What is shorter than the longest head is not looked into at the end of what was read.
      expect(together.read).toBe(length < 2 ? 6 + length : 0);
    },
  );

  test('that is not all there goes to ws, with all that was read with it (R1)', async () => {
    const bytes = Buffer.concat([frame(payload(300)), frame(payload(5))]);
    for (let at = 1; at < 308; at++) {
      const { together } = await hear([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(together.heard, `cut at ${at}`).toEqual([`binary ${payload(300).toString('hex')}`, `binary ${payload(5).toString('hex')}`]);
      expect(together.read).toBe(bytes.length);
    }
  });

  test.each<[string, Buffer]>([
    ['without a mask', frame(payload(10), { masked: false })],
    ['with a reserved bit', frame(payload(10), { reserved: 0x40 })],
    ['with a length in more bytes than it takes', frame(payload(10), { lengthBytes: 2 })],
    ['that is too large', frame(payload(MAX_PAYLOAD + 1))],
    ['of text', frame(Buffer.from('hello'), { opcode: TEXT })],
    ['of a kind that does not exist', frame(payload(10), { opcode: 3 })],
    ['that goes on with nothing', frame(payload(10), { opcode: CONTINUATION })],
    ['that begins a message', frame(payload(10), { final: false })],
    ['that is a ping', frame(payload(10), { opcode: PING })],
  ])('%s is for ws to judge (R1)', async (_what, odd) => {
    const { alone, together } = await hear([frame(payload(8)), Buffer.concat([odd, frame(payload(9))])]);
    expect(together.heard).toEqual(alone.heard);
    expect(together.read).toBeGreaterThanOrEqual(odd.length);
  });

  test('between the parts of a message is for ws to judge; between them pings may come (R2)', async () => {
    const parts = [
      frame(payload(10), { final: false }),
      frame(payload(3), { opcode: PING }),
      frame(payload(11), { opcode: CONTINUATION, final: false }),
    ];
    const end = frame(payload(12), { opcode: CONTINUATION });
    for (const together of [false, true]) {
      const pieces = (frames: readonly Buffer[]) => (together ? [Buffer.concat(frames)] : frames);
      const whole = await hear(pieces([...parts, end, frame(payload(5))]));
      expect(whole.together.heard).toEqual(whole.alone.heard);
      expect(whole.together.heard).toHaveLength(3);
      const broken = await hear(pieces([...parts, frame(payload(5)), end]));
      expect(broken.together.heard).toEqual(broken.alone.heard);
      expect(broken.together.heard.at(-1)).toContain('Invalid WebSocket frame');
    }
  });

  test.each([
    ['a close frame', frame(Buffer.from([3, 232]), { opcode: CLOSE })],
    ['an error', frame(payload(10), { opcode: 3 })],
  ])('after %s means nothing (R3)', async (_what, last) => {
    for (const pieces of [[Buffer.concat([last, frame(payload(8))])], [last, frame(payload(8))]]) {
      const { alone, together } = await hear(pieces);
      expect(together.heard).toEqual(alone.heard);
      expect(together.heard).toHaveLength(1);
    }
  });

  test('is a view of what was read (R4)', () => {
    const chunk = frame(payload(20));
    let message: Buffer | undefined;
    const socket = new EventEmitter() as Socket;
    const taker = {
      received(data: Buffer): void {
        message = data;
      },
    };
    new SmallFrames({ socket, taker, toWs: () => undefined, maxPayload: MAX_PAYLOAD }).take(chunk);
    expect(message?.buffer).toBe(chunk.buffer);
  });
});

test('whatever comes in whatever pieces, all is heard that ws alone would hear', async () => {
  const random = randomFrom(seedFromEnvironment());
  for (let round = 0; round < 300; round++) {
    const frames: Buffer[] = [];
    let isFragmented = false;
    for (let count = 1 + below(random, 12); count > 0; count--) {
      const body = payload(pick(random, [0, 1, 4, 30, 125, 126, 300, 4_000]), below(random, 256));
      const kind = below(random, 40);
      if (kind < 4) frames.push(frame(body.subarray(0, 125), { opcode: pick(random, [PING, PONG]) }));
      else if (kind < 8 || (isFragmented && kind < 36)) {
        const final = below(random, 2) === 0;
        frames.push(frame(body, { opcode: isFragmented ? CONTINUATION : BINARY, final }));
        isFragmented = !final;
      } else if (kind === 36) frames.push(frame(body, { opcode: below(random, 16), final: below(random, 2) === 0 }));
      else if (kind === 37) frames.push(frame(body, { masked: below(random, 2) === 0, reserved: pick(random, [0, 0x10]) }));
      else frames.push(frame(body));
    }
    const pieces = cut(Buffer.concat(frames), random);
    const { alone, together } = await hear(pieces);
    expect(together.heard, `round ${round}`).toEqual(alone.heard);
  }
});

describe('between a socket and ws', () => {
  let socket: Socket;
  let toWs: Buffer[];
  let messages: Buffer[];
  const taker = { received: (data: Buffer) => void messages.push(data) };
  const listener = (bytes: Buffer): void => void toWs.push(bytes);

  beforeEach(() => {
    socket = new EventEmitter() as Socket;
    toWs = [];
    messages = [];
  });

  test('small frames are taken until the socket closes', () => {
    socket.on('data', listener);
    readSmallFrames(socket, taker, MAX_PAYLOAD);
    socket.emit('data', frame(payload(10)));
    expect([messages.length, toWs.length]).toEqual([1, 0]);
    socket.on('close', () => socket.emit('data', frame(payload(10))));
    socket.emit('close');
    expect([messages.length, toWs.length]).toEqual([1, 0]);
  });

  test('nothing changes when it is not known who listens', () => {
    expect(readSmallFrames(socket, taker, MAX_PAYLOAD)).toBeUndefined();
    socket.on('data', listener);
    socket.on('data', () => undefined);
    expect(readSmallFrames(socket, taker, MAX_PAYLOAD)).toBeUndefined();
    socket.emit('data', frame(payload(10)));
    expect([messages.length, toWs.length]).toEqual([0, 1]);
  });
});
