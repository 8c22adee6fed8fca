import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../server/transports/writer-connection';
import { MOST_BATCHED_BYTES, MOST_FRAMES, PostQueue } from '../../src/renderer/session/sockets/post-queue';

const frame = (bytes: number, fill = 7) => new Uint8Array(bytes).fill(fill);

function queueOf(...frames: Uint8Array[]): PostQueue {
  const queue = new PostQueue();
  for (const each of frames) queue.add(each);
  return queue;
}

describe('frames on their way by POST', () => {
  it('are numbered from 1, and stay until the relay has them (R1)', () => {
    const queue = queueOf(frame(3, 1), frame(200, 2), frame(0, 3));
    const all = queue.batch();
    expect([all.first, all.count]).toEqual([1, 3]);
    expect(splitFrames(all.body)).toEqual([frame(3, 1), frame(200, 2), frame(0, 3)]);
    expect(queue.batch()).toEqual(all);
    expect([queue.confirm(2), queue.taken, queue.bytes, queue.isEmpty]).toEqual(['taken', 2, 0, false]);
    expect(queue.batch()).toMatchObject({ first: 3, count: 1 });
    expect([queue.confirm(3), queue.isEmpty]).toEqual(['taken', true]);
    expect(queue.batch()).toEqual({ first: 4, count: 0, body: new Uint8Array() });
  });

  it('are not taken back by an old answer, nor by one that cannot be (R1)', () => {
    const queue = queueOf(frame(1), frame(1), frame(1));
    queue.confirm(2);
    expect([0, 1, 2].map((received) => queue.confirm(received))).toEqual(['nothing-new', 'nothing-new', 'nothing-new']);
    expect([4, 2.5, Number.NaN, Number.POSITIVE_INFINITY].map((received) => queue.confirm(received))).toEqual(Array(4).fill('impossible'));
    expect(queue.batch()).toMatchObject({ first: 3, count: 1 });
  });

  it('go in batches that every relay takes (R2)', () => {
    expect(queueOf(...Array.from({ length: MOST_FRAMES + 1 }, () => frame(1))).batch().count).toBe(MOST_FRAMES);
    const half = MOST_BATCHED_BYTES / 2;
    expect(queueOf(frame(half - 3), frame(half - 3)).batch()).toMatchObject({ count: 2, body: { length: MOST_BATCHED_BYTES } });
    expect(queueOf(frame(half - 3), frame(half - 2)).batch().count).toBe(1);
  });

  it('go alone when they are larger than that (R2)', () => {
    const queue = queueOf(frame(1), frame(3 * MOST_BATCHED_BYTES), frame(1));
    for (const number of [1, 2, 3]) {
      expect(queue.batch()).toMatchObject({ first: number, count: 1 });
      queue.confirm(number);
    }
  });
});
