/**
 * Writes to a client what may be much at once.
 *
 * R1  What is large goes piece by piece: Node tells that a write was taken only when all of it was, and who reads a large
 *     document over a slow line could not be told from who reads nothing.
 * R2  Everything leaves in the order in which it was written; what is small goes on as it is while nothing waits before it.
 */
import type { Writable } from 'node:stream';

const PIECE = 64 * 1024;

export class PiecewiseWriter {
  readonly #sink: Writable;
  readonly #onDrained: () => void;
  /** What waits for the piece before it; the first may be gone in part. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #onFlushed: (() => void) | undefined;
  #isStopped = false;

  /** @param onDrained everything written has been taken by the network. */
  constructor(sink: Writable, onDrained: () => void) {
    this.#sink = sink;
    this.#onDrained = onDrained;
    sink.on('drain', this.#drained);
  }

  /** Bytes that were written but not yet taken by the network. */
  get queuedBytes(): number {
    return this.#sink.writableLength + this.#waitingBytes;
  }

  write(bytes: Uint8Array): void {
    const isFirst = this.#waiting.length === 0;
    if (isFirst && bytes.length <= PIECE) {
      this.#sink.write(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (isFirst) this.#writePiece();
  }

  /** Tells nothing more; calls once everything has been handed on. */
  flush(onFlushed: () => void): void {
    this.#sink.off('drain', this.#drained);
    if (this.#waiting.length === 0) onFlushed();
    else this.#onFlushed = onFlushed;
  }

  /** Tells nothing more, writes nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#sink.off('drain', this.#drained);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  readonly #drained = (): void => {
    if (this.#waiting.length === 0) this.#onDrained();
  };

  #writePiece(): void {
    const [bytes] = this.#waiting;
    if (bytes === undefined) return;
    const piece = bytes.subarray(0, PIECE);
    this.#waitingBytes -= piece.length;
    if (piece.length < bytes.length) this.#waiting[0] = bytes.subarray(PIECE);
    this.#sink.write(piece, (error) => {
      if (error instanceof Error) this.stop();
      if (this.#isStopped) return;
      if (piece.length === bytes.length) this.#waiting.shift();
      if (this.#waiting.length > 0) this.#writePiece();
      else if (this.#onFlushed !== undefined) this.#onFlushed();
      else this.#onDrained();
    });
  }
}
