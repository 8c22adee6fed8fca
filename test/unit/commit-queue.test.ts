import { describe, expect, it } from 'vitest';
import { CommitQueue, MANY_UPDATES, type NewTask } from '../../server/storage/commit-queue';
import type { DocumentId } from '../../src/shared/protocol/routes';

const NOTES = 'notes' as DocumentId;
const append = (count = 1): NewTask => ({ type: 'append', document: NOTES, first: 1, updates: Array(count).fill(Uint8Array.of(0)) });
const check: NewTask = { type: 'check' };
const write: NewTask = { type: 'write', operations: [] };

function queueOf(...tasks: readonly NewTask[]): CommitQueue {
  const queue = new CommitQueue();
  for (const task of tasks) queue.add({ ...task, bytes: 1, resolve: () => undefined, reject: () => undefined });
  return queue;
}

describe('what waits for a commit', () => {
  it('R2 is urgent when somebody asked for it, and when it fills a batch, until it is taken', () => {
    expect([append(), write, append(MANY_UPDATES)].map((task) => queueOf(task).isUrgent)).toEqual([false, true, true]);
    const queue = queueOf(write, append());
    expect([queue.takeBatch().length, queue.isUrgent, queue.isEmpty]).toEqual([2, false, true]);
  });

  it('R3 is not hurried by a look at the store, which goes with the edits that wait', () => {
    const queue = queueOf(append(), check, append(), check);
    expect(queue.isUrgent).toBe(false);
    expect(queue.takeBatch().map(({ type }) => type)).toEqual(['append', 'check', 'append', 'check']);
    expect([queue.isUrgent, queue.isEmpty]).toEqual([false, true]);
  });
});
