import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { PiecewiseWriter } from '../../server/transports/piecewise-writer';

const PIECE = 64 * 1024;

/** A network that takes a write when the test says so; several that wait are one, as in Node's sockets. */
class Line extends Writable {
  readonly writes: Buffer[] = [];
  #taken: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.writes.push(chunk);
    this.#taken = callback;
  }

  override _writev(chunks: readonly { chunk: Buffer }[], callback: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), '', callback);
  }

  async take(): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function start() {
  const line = new Line();
  const told: string[] = [];
  const writer = new PiecewiseWriter(line, () => told.push('drained'));
  return { line, told, writer };
}

const filled = (length: number, byte: number) => Buffer.alloc(length, byte);

describe('writing piece by piece', () => {
  test('R1 tells with every piece how much is left of what is large', async () => {
    const { line, told, writer } = start();
    writer.write(filled(3 * PIECE + 10, 1));
    const queued: number[] = [];
    for (let piece = 0; piece < 4; piece++) {
      queued.push(writer.queuedBytes);
      await line.take();
    }
    expect(queued).toEqual([3 * PIECE + 10, 2 * PIECE + 10, PIECE + 10, 10]);
    expect([writer.queuedBytes, told]).toEqual([0, ['drained']]);
  });

  test('R2 keeps the order, and hands on what is small as it is', async () => {
    const { line, writer } = start();
    const small = filled(10, 0);
    writer.write(small);
    expect(line.writes[0]).toBe(small);
    await line.take();
    const all = [filled(2 * PIECE, 1), filled(5, 2), filled(PIECE + 1, 3), filled(5, 4)];
    for (const bytes of all) writer.write(bytes);
    for (let turn = 0; turn < 10; turn++) await line.take();
    expect(Buffer.concat(line.writes).equals(Buffer.concat([small, ...all]))).toBe(true);
    expect(writer.queuedBytes).toBe(0);
  });

  test('flushes what waits, then tells, and tells nothing else', async () => {
    const { line, told, writer } = start();
    writer.write(filled(2 * PIECE, 1));
    writer.flush(() => told.push('flushed'));
    await line.take();
    expect(told).toEqual([]);
    await line.take();
    expect(told).toEqual(['flushed']);
    start().writer.flush(() => told.push('nothing to flush'));
    expect(told).toEqual(['flushed', 'nothing to flush']);
  });

  test('writes nothing more once it is stopped, or its line is gone', async () => {
    const { line, told, writer } = start();
    writer.write(filled(3 * PIECE, 1));
    writer.stop();
    for (let turn = 0; turn < 3; turn++) await line.take();
    expect([line.writes.length, told]).toEqual([1, []]);
    const gone = start();
    gone.writer.write(filled(3 * PIECE, 1));
    gone.writer.flush(() => gone.told.push('flushed'));
    gone.line.destroy();
    for (let turn = 0; turn < 3; turn++) await gone.line.take();
    expect([gone.line.writes.length, gone.told, gone.writer.queuedBytes]).toEqual([1, [], gone.line.writableLength]);
  });
});
