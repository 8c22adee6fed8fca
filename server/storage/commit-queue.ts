/**
 * What waits for a commit, and which of it goes into the next one.
 *
 * R1  Everything in its order, up to the bound, or one snapshot or removal alone.
 * R2  Edits of rooms may wait for others; what somebody asked for is urgent, and so is what fills a batch.
 * R3  A look at whether the store works hurries nobody: anybody may ask for one at any time, and what everybody's edits wait for
 *     would be theirs to say. It goes with the next commit, as an edit does.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { AskedAppend } from './append-drafts';
import type { Operation } from './level-files';

/** A batch takes no more than this, unless a single write is larger. Bytes. */
const BATCH_BYTES = 8 * 1024 * 1024;
/**
 * Edits of which more in one commit save next to nothing. A document that is taken in as a whole has one commit under way at a time
 * (save-queue.ts): if each of those waited, the pace of commits would be that of whoever brings it.
 */
export const MANY_UPDATES = 2_000;

export type Task = Append | Replace | Remove | Write | Check;

/** What somebody asks for. */
export type NewTask = Task extends infer Each ? (Each extends Task ? Omit<Each, keyof Waiting> : never) : never;

export interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Append extends Waiting, AskedAppend {
  readonly type: 'append';
}

export interface Replace extends Waiting {
  readonly type: 'replace';
  readonly document: DocumentId;
  readonly upTo: number;
  readonly snapshot: Uint8Array;
}

interface Remove extends Waiting {
  readonly type: 'remove';
  readonly document: DocumentId;
}

/** Records of others that are kept in the same files. */
interface Write extends Waiting {
  readonly type: 'write';
  readonly operations: readonly Operation[];
}

interface Check extends Waiting {
  readonly type: 'check';
}

export class CommitQueue {
  #tasks: Task[] = [];
  #bytes = 0;
  #updates = 0;
  #urgent = 0;

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  /** R2, R3 */
  get isUrgent(): boolean {
    return this.#urgent > 0 || this.#bytes >= BATCH_BYTES || this.#updates >= MANY_UPDATES;
  }

  add(task: Task): void {
    this.#tasks.push(task);
    this.#bytes += task.bytes;
    if (task.type === 'append') this.#updates += task.updates.length;
    else if (task.type !== 'check') this.#urgent++;
  }

  /** R1: planning a snapshot or a removal reads what was committed before. */
  takeBatch(): Task[] {
    let bytes = 0;
    let count = 0;
    for (const task of this.#tasks) {
      const isAlone = task.type === 'replace' || task.type === 'remove';
      if (count > 0 && (bytes + task.bytes > BATCH_BYTES || isAlone)) break;
      bytes += task.bytes;
      count++;
      if (isAlone) break;
    }
    const taken = this.#tasks.slice(0, count);
    this.#tasks = this.#tasks.slice(count);
    this.#bytes -= bytes;
    for (const task of taken) {
      if (task.type === 'append') this.#updates -= task.updates.length;
      else if (task.type !== 'check') this.#urgent--;
    }
    return taken;
  }
}
