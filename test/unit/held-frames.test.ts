import { describe, expect, test } from 'vitest';
import { HeldFrames } from '../../server/rooms/members/held-frames';
import { Rejected } from '../../src/shared/protocol/rejections';

/** As sockets hand them over: a Buffer's own `slice` would be no copy. */
const frame = (...bytes: number[]) => ({ type: 'update', update: Buffer.from(bytes) }) as const;

describe('frames that wait', () => {
  test('keep their order and their bytes, whatever becomes of the message', () => {
    const held = new HeldFrames(1_000);
    const first = frame(1, 2);
    held.add(first);
    held.add(frame(3));
    first.update.fill(0);
    expect(held.frames.map(({ update }) => [...update])).toEqual([[1, 2], [3]]);
  });

  test('are bounded, each with what it costs besides; the first always may wait', () => {
    const held = new HeldFrames(1_000);
    held.add({ type: 'update', update: new Uint8Array(5_000) });
    expect(() => held.add(frame(1))).toThrow(Rejected);
    const small = new HeldFrames(1_000);
    for (let count = 0; count < 4; count++) small.add(frame(1));
    expect(() => small.add(frame(1))).toThrow(expect.objectContaining({ rejection: 'too-fast' }));
    expect(small.frames).toHaveLength(4);
  });
});
