/**
 * Keeps documents in LevelDB: the relay's default.
 *
 * R1  Group commit: one synced batch is under way, and everything that comes meanwhile goes into the next one. Edits of rooms wait
 *     a little for others (commit-pace.ts); what somebody asked for does not, nor what fills a batch.
 * R2  Of a document, only the head stays in memory, and only as long as it is known to be what the files say (known-heads.ts).
 * R3  A snapshot and the head that points at it are one batch. Runs inside a snapshot are skipped by `load`, so they may be
 *     removed afterwards, natively: deleting 260,000 records one by one would stop the relay for a second.
 * R4  A removal that is interrupted leaves an empty document, which can be removed again, and never half of a text.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { DocumentStore, DocumentSummary, Log, StoredDocument } from '../rooms/ports';
import { UnreadableDocument } from '../rooms/ports';
import { draftAll } from './append-drafts';
import type { CommitPace } from './commit-pace';
import { CommitQueue, type NewTask, type Replace, type Task } from './commit-queue';
import { NOTHING_STORED, planSnapshot } from './document-head';
import { KnownHeads } from './known-heads';
import { type Level, LevelFiles, type Operation } from './level-files';
import { readHead, readStored, readTailEnd } from './level-reading';
import {
  CHECK_KEY,
  DamagedRecord,
  decodeHead,
  documentOfHeadKey,
  encodeHead,
  encodeRun,
  encodeSnapshot,
  HEADS,
  headKey,
  runKey,
  runKeys,
  snapshotKey,
} from './records';

/** A Yjs update with nothing in it: no structs, no deletions. */
const EMPTY_UPDATE = Uint8Array.of(0, 0);

/** For tests and tools: no commit waits for anything but the end of its turn. */
const UNPACED: Pick<CommitPace, 'next' | 'carry' | 'hurry'> = {
  next: () => new Promise((resolve) => setImmediate(resolve)),
  carry: () => undefined,
  hurry: () => undefined,
};

export class LevelDbStore implements DocumentStore {
  readonly durable = true;
  readonly #files: LevelFiles;
  readonly #log: Log;
  readonly #pace: Pick<CommitPace, 'next' | 'carry' | 'hurry'>;
  readonly #heads = new KnownHeads();
  readonly #queue = new CommitQueue();
  #committing: Promise<void> | undefined;
  #closed = false;

  private constructor(files: LevelFiles, log: Log, pace: Pick<CommitPace, 'next' | 'carry' | 'hurry'>) {
    this.#files = files;
    this.#log = log;
    this.#pace = pace;
  }

  /** @param folder LevelDB's own; made when it is missing. @throws {StartError} */
  static async open(folder: string, log: Log, pace: Pick<CommitPace, 'next' | 'carry' | 'hurry'> = UNPACED): Promise<LevelDbStore> {
    return new LevelDbStore(await LevelFiles.open(folder), log, pace);
  }

  load(document: DocumentId): Promise<StoredDocument | undefined> {
    return this.#files.use((level) => readStored(level, document));
  }

  append(document: DocumentId, first: number, updates: readonly Uint8Array[]): Promise<void> {
    const bytes = updates.reduce((sum, update) => sum + update.length, 0);
    return this.#enqueue({ type: 'append', document, first, updates }, bytes);
  }

  replaceUpTo(document: DocumentId, upTo: number, snapshot: Uint8Array): Promise<void> {
    return this.#enqueue({ type: 'replace', document, upTo, snapshot }, snapshot.length);
  }

  remove(document: DocumentId): Promise<void> {
    return this.#enqueue({ type: 'remove', document }, 0);
  }

  /** For stores that keep their records in the same files (level-link-store.ts). */
  read<Result>(work: (level: Level) => Promise<Result>): Promise<Result> {
    return this.#files.use(work);
  }

  /** All or none, in the next commit; resolves when they are on disk. */
  write(operations: readonly Operation[]): Promise<void> {
    return this.#enqueue({ type: 'write', operations }, 0);
  }

  async *list(): AsyncIterable<DocumentSummary> {
    let after: Uint8Array | undefined;
    for (;;) {
      const from = after === undefined ? { gte: HEADS.gte } : { gt: after };
      const heads = await this.#files.use((level) => level.iterator({ ...from, lt: HEADS.lte, limit: 500 }).all());
      for (const [key, value] of heads) {
        const summary = this.#summary(key, value);
        if (summary !== undefined) yield summary;
      }
      after = heads.at(-1)?.[0];
      if (after === undefined) return;
    }
  }

  check(): Promise<void> {
    return this.#enqueue({ type: 'check' }, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pace.hurry();
    while (this.#committing !== undefined) await this.#committing;
    await this.#files.close();
  }

  #summary(key: Uint8Array, value: Uint8Array): DocumentSummary | undefined {
    const document = documentOfHeadKey(key);
    try {
      if (document === undefined) throw new DamagedRecord('the key of a head is no document id');
      const { snapshotUpTo, snapshotBytes, last, tailBytes } = decodeHead(key, value);
      return { document, snapshotBytes, tailBytes, tailCount: last - snapshotUpTo };
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.#log.error({ document, found: error.message }, 'A document in the list is damaged');
      return undefined;
    }
  }

  #enqueue(task: NewTask, bytes: number): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    return new Promise((resolve, reject) => {
      this.#queue.add({ ...task, bytes, resolve, reject });
      if (this.#queue.isUrgent) this.#pace.hurry();
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    while (!this.#queue.isEmpty) {
      if (this.#queue.isUrgent) this.#pace.hurry();
      await this.#pace.next();
      const tasks = this.#queue.takeBatch();
      this.#pace.carry(updatesOf(tasks));
      try {
        await this.#commit(tasks);
        for (const task of tasks) task.resolve();
      } catch (error) {
        for (const task of tasks) task.reject(error);
      }
    }
    // In the turn that saw the queue empty: whoever was just answered may ask for more in the next one.
    this.#committing = undefined;
  }

  async #commit(tasks: readonly Task[]): Promise<void> {
    const [only] = tasks;
    if (only?.type === 'replace') return this.#commitSnapshot(only);
    if (only?.type === 'remove') return this.#commitRemoval(only.document);
    const appends = tasks.filter((task) => task.type === 'append');
    const drafts = await draftAll(appends, this.#heads, this.#files);
    const operations: Operation[] = [];
    for (const [document, { head, first, updates }] of drafts) {
      if (updates.length === 0) continue;
      const [keyOfRun, keyOfHead] = [runKey(document, first), headKey(document)];
      operations.push({ type: 'put', key: keyOfRun, value: encodeRun(keyOfRun, updates) });
      operations.push({ type: 'put', key: keyOfHead, value: encodeHead(keyOfHead, head) });
    }
    for (const task of tasks) if (task.type === 'write') operations.push(...task.operations);
    if (tasks.some((task) => task.type === 'check')) operations.push({ type: 'put', key: CHECK_KEY, value: new Uint8Array(1) });
    if (operations.length === 0) return;
    await this.#write(operations);
    for (const [document, { head }] of drafts) this.#heads.set(document, head);
  }

  async #write(operations: Operation[]): Promise<void> {
    try {
      await this.#files.write(operations);
    } catch (error) {
      this.#heads.forgetAll();
      throw error;
    }
  }

  async #commitSnapshot({ document, upTo, snapshot }: Replace): Promise<void> {
    this.#heads.forget(document);
    const { head, covered } = await this.#files.use(async (level) => {
      const before = await readHead(level, document);
      const { tailBytes, firstKept } = await readTailEnd(level, document, upTo);
      return { head: planSnapshot(before, upTo, snapshot.length, tailBytes), covered: firstKept };
    });
    const [keyOfSnapshot, keyOfHead] = [snapshotKey(document), headKey(document)];
    await this.#write([
      { type: 'put', key: keyOfSnapshot, value: encodeSnapshot(keyOfSnapshot, { upTo, bytes: snapshot }) },
      { type: 'put', key: keyOfHead, value: encodeHead(keyOfHead, head) },
    ]);
    this.#heads.set(document, head);
    try {
      await this.#files.remove(runKeys(document, 0, covered - 1));
    } catch (error) {
      this.#log.warn({ document, error }, 'Updates inside a snapshot could not be removed; the next snapshot does it');
    }
  }

  /** R4 */
  async #commitRemoval(document: DocumentId): Promise<void> {
    this.#heads.forget(document);
    const last = await this.#files.use((level) => lastNumber(level, document));
    const [keyOfSnapshot, keyOfHead] = [snapshotKey(document), headKey(document)];
    if (last > 0) {
      const head = planSnapshot(NOTHING_STORED, last, EMPTY_UPDATE.length, 0);
      await this.#write([
        { type: 'put', key: keyOfSnapshot, value: encodeSnapshot(keyOfSnapshot, { upTo: last, bytes: EMPTY_UPDATE }) },
        { type: 'put', key: keyOfHead, value: encodeHead(keyOfHead, head) },
      ]);
    }
    await this.#files.remove(runKeys(document));
    await this.#write([keyOfSnapshot, keyOfHead].map((key) => ({ type: 'del', key })));
  }
}

/** 0 where there is nothing, or nothing that can be read: what is damaged can still be removed. */
async function lastNumber(level: Level, document: DocumentId): Promise<number> {
  try {
    return (await readHead(level, document)).last;
  } catch (error) {
    if (error instanceof UnreadableDocument) return 0;
    throw error;
  }
}

function updatesOf(tasks: readonly Task[]): number {
  return tasks.reduce((sum, task) => sum + (task.type === 'append' ? task.updates.length : 0), 0);
}
