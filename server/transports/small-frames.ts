/**
 * Takes the frames that nearly all are right out of what a socket has read: a binary message in one piece, masked, and no longer
 * than a length of two bytes can say (RFC 6455, section 5.2). Everything else goes to ws, which knows all of the protocol.
 *
 * R1  What ws gets begins where a frame begins or goes on, and nothing between is taken. A frame that is not all there goes to ws,
 *     and so does all that was read with another: ws tells of an error in it only at the end of the turn.
 * R2  Between the frames of a message in several, nothing is taken: ws decides whether it may be there.
 * R3  After a close frame, or an error, nothing that comes means anything.
 * R4  A message is a view of what was read, unmasked in place.
 */
import type { Socket } from 'node:net';

/** Who takes messages. */
export interface MessageTaker {
  received(message: Buffer, isBinary: boolean): void;
}

/** What listens to a socket for ws. */
export type SocketListener = (this: Socket, bytes: Buffer) => void;

export interface SmallFramesOptions {
  readonly socket: Socket;
  readonly taker: MessageTaker;
  readonly toWs: SocketListener;
  readonly maxPayload: number;
}

const FINAL = 0x80;
const OPCODE = 0x0f;
const CONTROL = 0x08;
const CLOSE = 0x08;
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;
const LONGEST_HEAD = 14;

export class SmallFrames {
  readonly #socket: Socket;
  readonly #taker: MessageTaker;
  readonly #toWs: SocketListener;
  readonly #maxPayload: number;
  /** Of the frame that ws is reading: its first byte, how much of it is still to come, and its head while that is not known. */
  #first = 0;
  #left = 0;
  #head: Buffer | undefined;
  #isFragmented = false;
  #isOver = false;

  constructor({ socket, taker, toWs, maxPayload }: SmallFramesOptions) {
    this.#socket = socket;
    this.#taker = taker;
    this.#toWs = toWs;
    this.#maxPayload = maxPayload;
  }

  /** What the socket has read. */
  take(chunk: Buffer): void {
    if (this.#isOver) return;
    let at = 0;
    while (at < chunk.length && this.#isBetweenMessages) {
      const end = this.#endOfSmall(chunk, at);
      if (end === 0) break;
      const start = end - lengthAt(chunk, at);
      unmask(chunk, start, end);
      at = end;
      this.#taker.received(chunk.subarray(start, end), true);
    }
    if (at === chunk.length) return;
    const rest = at === 0 ? chunk : chunk.subarray(at);
    this.#follow(rest);
    this.#toWs.call(this.#socket, rest);
  }

  /** ws has found an error (R3). */
  end(): void {
    this.#isOver = true;
  }

  /** 0 when what begins at `at` is for ws. */
  #endOfSmall(chunk: Buffer, at: number): number {
    if (chunk[at] !== FINAL_BINARY || chunk.length - at < 8) return 0;
    const second = chunk[at + 1] as number;
    if ((second & MASKED) === 0 || second === (MASKED | LENGTH_IN_8_BYTES)) return 0;
    const length = lengthAt(chunk, at);
    const isLong = second === (MASKED | LENGTH_IN_2_BYTES);
    // A length that is written longer than it has to be is for ws to judge.
    if (length > this.#maxPayload || (isLong && length < LENGTH_IN_2_BYTES)) return 0;
    const end = at + (isLong ? 8 : 6) + length;
    return end > chunk.length ? 0 : end;
  }

  get #isBetweenMessages(): boolean {
    return this.#left === 0 && this.#head === undefined && !this.#isFragmented;
  }

  /** Finds out where in a frame the bytes end that ws gets. */
  #follow(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      if (this.#left === 0) {
        const begun = this.#head;
        const head = begun === undefined ? bytes.subarray(at) : Buffer.concat([begun, bytes.subarray(at, at + LONGEST_HEAD)]);
        const size = sizeOfFrame(head);
        if (size === undefined) {
          this.#head = Buffer.from(head);
          return;
        }
        this.#head = undefined;
        this.#first = head[0] as number;
        this.#left = size - (begun?.length ?? 0);
      }
      const step = Math.min(this.#left, bytes.length - at);
      at += step;
      this.#left -= step;
      if (this.#left === 0) this.#noteEnd();
    }
  }

  #noteEnd(): void {
    const opcode = this.#first & OPCODE;
    if (opcode === CLOSE) this.#isOver = true;
    else if ((opcode & CONTROL) === 0) this.#isFragmented = (this.#first & FINAL) === 0;
  }
}

/**
 * Puts itself between a socket that ws has just taken over and ws. `undefined`, and all is as it was, when ws does not listen in
 * the one way that is known.
 */
export function readSmallFrames(socket: Socket, taker: MessageTaker, maxPayload: number): SmallFrames | undefined {
  const [toWs, ...others] = socket.listeners('data');
  if (toWs === undefined || others.length > 0) return undefined;
  const frames = new SmallFrames({ socket, taker, toWs: toWs as SocketListener, maxPayload });
  (socket as FramedSocket)[FRAMES] = frames;
  socket.on('data', onData);
  socket.removeListener('data', toWs as SocketListener);
  // What a paused socket has left, ws reads by itself when it closes; it would come here too.
  socket.prependListener('close', onClose);
  return frames;
}

const FRAMES = Symbol('frames');

/** Listeners are the same for all sockets: thousands of idle ones need none of their own. */
interface FramedSocket extends Socket {
  [FRAMES]?: SmallFrames;
}

function onData(this: FramedSocket, chunk: Buffer): void {
  this[FRAMES]?.take(chunk);
}

function onClose(this: Socket): void {
  this.removeListener('data', onData);
}

/** Of a frame whose length takes at most two bytes. */
function lengthAt(chunk: Buffer, at: number): number {
  const length = (chunk[at + 1] as number) & LENGTH;
  return length === LENGTH_IN_2_BYTES ? chunk.readUInt16BE(at + 2) : length;
}

/** With its head; `undefined` when too little of that is there. */
function sizeOfFrame(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const second = bytes[1] as number;
  const short = second & LENGTH;
  const mask = (second & MASKED) === 0 ? 0 : 4;
  if (short < LENGTH_IN_2_BYTES) return 2 + mask + short;
  if (short === LENGTH_IN_2_BYTES) return bytes.length < 4 ? undefined : 4 + mask + bytes.readUInt16BE(2);
  return bytes.length < 10 ? undefined : 10 + mask + bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6);
}

/** The mask stands before the payload. */
function unmask(bytes: Buffer, start: number, end: number): void {
  const [a, b, c, d] = [bytes[start - 4] as number, bytes[start - 3] as number, bytes[start - 2] as number, bytes[start - 1] as number];
  let at = start;
  for (; at + 3 < end; at += 4) {
    bytes[at] = (bytes[at] as number) ^ a;
    bytes[at + 1] = (bytes[at + 1] as number) ^ b;
    bytes[at + 2] = (bytes[at + 2] as number) ^ c;
    bytes[at + 3] = (bytes[at + 3] as number) ^ d;
  }
  if (at < end) bytes[at] = (bytes[at] as number) ^ a;
  if (at + 1 < end) bytes[at + 1] = (bytes[at + 1] as number) ^ b;
  if (at + 2 < end) bytes[at + 2] = (bytes[at + 2] as number) ^ c;
}
