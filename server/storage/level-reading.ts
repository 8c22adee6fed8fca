/** Reads a document out of LevelDB, and believes nothing that does not fit together. */
import type { DocumentId } from '../../src/shared/protocol/routes';
import { type StoredDocument, UnreadableDocument } from '../rooms/ports';
import { type DocumentHead, NOTHING_STORED } from './document-head';
import { codeOf, messageOf } from './file-errors';
import type { Level } from './level-files';
import {
  DamagedRecord,
  decodeHead,
  decodeRun,
  decodeSnapshot,
  headKey,
  type KeyRange,
  type Run,
  recordKeys,
  runKeys,
  type StoredSnapshot,
  snapshotKey,
} from './records';

/** Records a step of a long read asks for, and the bytes after which it gets fewer. */
const READ_COUNT = 1000;
const READ_BYTES = 1024 * 1024;

type Snapshot = ReturnType<Level['snapshot']>;

/** `undefined` when nothing was ever stored. @throws {UnreadableDocument} */
export async function readStored(level: Level, document: DocumentId): Promise<StoredDocument | undefined> {
  // Head and records of one moment: a snapshot may be written between the two reads.
  const moment = level.snapshot();
  try {
    return await readAt(level, document, moment);
  } catch (error) {
    if (isDamage(error)) throw unreadable(document, error);
    throw error;
  } finally {
    await moment.close();
  }
}

/** @throws {UnreadableDocument} */
export async function readHead(level: Level, document: DocumentId): Promise<DocumentHead> {
  const key = headKey(document);
  const value = await level.get(key);
  if (value === undefined) return NOTHING_STORED;
  try {
    return decodeHead(key, value);
  } catch (error) {
    throw isDamage(error) ? unreadable(document, error) : error;
  }
}

/** All at once; one by one where that fails, so that a damaged document costs the others nothing. */
export async function readHeads(level: Level, documents: readonly DocumentId[]): Promise<Map<DocumentId, DocumentHead | Error>> {
  const keys = documents.map(headKey);
  const values = await level.getMany(keys).catch((error: unknown) => {
    if (isDamage(error)) return undefined;
    throw error;
  });
  const heads = new Map<DocumentId, DocumentHead | Error>();
  for (const [index, document] of documents.entries()) {
    const [key, value] = [keys[index], values?.[index]];
    try {
      if (values === undefined) heads.set(document, await readHead(level, document));
      else if (key !== undefined && value !== undefined) heads.set(document, decodeHead(key, value));
    } catch (error) {
      heads.set(document, error instanceof UnreadableDocument ? error : unreadable(document, error));
    }
  }
  return heads;
}

export interface TailEnd {
  /** Of the updates after `upTo`. */
  readonly tailBytes: number;
  /** No run that starts before this number has an update after `upTo`. */
  readonly firstKept: number;
}

/** What stays of a tail once a snapshot takes the place of its updates up to `upTo`. @throws {UnreadableDocument} */
export async function readTailEnd(level: Level, document: DocumentId, upTo: number): Promise<TailEnd> {
  try {
    let firstKept = upTo + 1;
    let tailBytes = 0;
    const take = (run: Run): void => {
      const kept = run.updates.slice(Math.max(upTo + 1 - run.first, 0));
      if (kept.length > 0) firstKept = Math.min(firstKept, run.first);
      tailBytes += kept.reduce((sum, update) => sum + update.length, 0);
    };
    const straddling = await runWith(level, document, upTo);
    if (straddling !== undefined) take(straddling);
    await readEach(level, runKeys(document, upTo + 1), undefined, (key, value) => take(decodeRun(key, value)));
    return { tailBytes, firstKept };
  } catch (error) {
    throw isDamage(error) ? unreadable(document, error) : error;
  }
}

function unreadable(document: DocumentId, cause: unknown): UnreadableDocument {
  return new UnreadableDocument(`${document}: ${messageOf(cause)}`, { cause });
}

async function readAt(level: Level, document: DocumentId, moment: Snapshot): Promise<StoredDocument | undefined> {
  const [keyOfHead, keyOfSnapshot] = [headKey(document), snapshotKey(document)];
  const [storedHead, storedSnapshot] = await level.getMany([keyOfHead, keyOfSnapshot], { snapshot: moment });
  if (storedHead === undefined) {
    const left = await level.iterator({ ...recordKeys(document), snapshot: moment, limit: 1 }).all();
    if (left.length === 0) return undefined;
    throw new DamagedRecord('the head is missing');
  }
  const head = decodeHead(keyOfHead, storedHead);
  const snapshot = storedSnapshot && decodeSnapshot(keyOfSnapshot, storedSnapshot);
  return storedOf(head, snapshot, await readTail(level, document, head, moment));
}

/**
 * The runs behind the snapshot, and nothing before: what a compaction removed stays in LevelDB's files for a while, and walking
 * over it takes longer than all the rest.
 */
async function readTail(level: Level, document: DocumentId, head: DocumentHead, moment: Snapshot): Promise<Run[]> {
  const runs: Run[] = [];
  await readEach(level, runKeys(document, head.snapshotUpTo + 1), moment, (key, value) => runs.push(decodeRun(key, value)));
  const tailStart = runs[0]?.first ?? head.last + 1;
  if (head.snapshotUpTo === 0 || tailStart === head.snapshotUpTo + 1) return runs;
  const before = await runWith(level, document, head.snapshotUpTo, moment);
  return before === undefined ? runs : [before, ...runs];
}

/** The last run that starts at an update or before it: the one with the update in it, when there is one, which may go on behind. */
async function runWith(level: Level, document: DocumentId, update: number, moment?: Snapshot): Promise<Run | undefined> {
  const at = moment === undefined ? {} : { snapshot: moment };
  const [entry] = await level.iterator({ ...runKeys(document, 0, update), ...at, reverse: true, limit: 1 }).all();
  return entry && decodeRun(...entry);
}

/** @param runs in the order of their numbers. @throws {DamagedRecord} when they do not fit together. */
export function storedOf(head: DocumentHead, snapshot: StoredSnapshot | undefined, runs: readonly Run[]): StoredDocument {
  requireSnapshot(head, snapshot);
  return { snapshot: snapshot?.bytes, snapshotUpTo: head.snapshotUpTo, tail: tailOf(head, runs) };
}

function requireSnapshot(head: DocumentHead, snapshot: StoredSnapshot | undefined): void {
  if (head.snapshotUpTo === 0 && snapshot === undefined) return;
  if (snapshot === undefined) throw new DamagedRecord(`the snapshot up to ${head.snapshotUpTo} is missing`);
  if (snapshot.upTo === head.snapshotUpTo && snapshot.bytes.length === head.snapshotBytes) return;
  throw new DamagedRecord(`the snapshot is up to ${snapshot.upTo} instead of ${head.snapshotUpTo}`);
}

function tailOf(head: DocumentHead, runs: readonly Run[]): Uint8Array[] {
  const tail: Uint8Array[] = [];
  let next = head.snapshotUpTo + 1;
  for (const { first, updates } of runs) {
    const end = first + updates.length;
    // Inside the snapshot: a crash came before it was removed.
    if (end <= head.snapshotUpTo + 1) continue;
    if (first > next) throw new DamagedRecord(`update ${next} is missing`);
    if (first < next && first > head.snapshotUpTo) throw new DamagedRecord(`update ${first} is there twice`);
    for (const update of updates.slice(next - first)) tail.push(update);
    next = end;
  }
  if (next !== head.last + 1) throw new DamagedRecord(`the updates end at ${next - 1} instead of ${head.last}`);
  return tail;
}

async function readEach(
  level: Level,
  range: KeyRange,
  moment: Snapshot | undefined,
  take: (key: Uint8Array, value: Uint8Array) => void,
): Promise<void> {
  const at = moment === undefined ? {} : { snapshot: moment };
  const iterator = level.iterator({ ...range, ...at, highWaterMarkBytes: READ_BYTES });
  try {
    for (;;) {
      const entries = await iterator.nextv(READ_COUNT);
      if (entries.length === 0) return;
      for (const [key, value] of entries) take(key, value);
    }
  } finally {
    await iterator.close();
  }
}

function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof DamagedRecord || code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR';
}
