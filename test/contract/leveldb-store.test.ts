import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Log } from '../../server/rooms/ports';
import { CommitPace } from '../../server/storage/commit-pace';
import { MANY_UPDATES } from '../../server/storage/commit-queue';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { runKey } from '../../server/storage/records';
import { systemClock } from '../../server/system-clock';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from '../support/folder-for-test';
import { makeTemporaryFolder } from '../support/temporary-folder';
import { describeDocumentStore } from './document-store';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const NOTES = 'notes' as DocumentId;
const LISTS = 'lists' as DocumentId;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

for (const [name, pace] of [
  ['a LevelDB store', () => undefined],
  ['a LevelDB store whose commits keep apart', () => new CommitPace(systemClock, () => 5)],
] as const) {
  describeDocumentStore(`${name} keeps documents`, async () => {
    const folder = await makeTemporaryFolder();
    const reopen = () => LevelDbStore.open(join(folder.path, 'documents'), log, pace());
    return { store: await reopen(), reopen, discard: folder.remove };
  });
}

async function openStore(pace?: CommitPace): Promise<LevelDbStore> {
  const store = await LevelDbStore.open(join(folderForTest(), 'documents'), log, pace);
  onTestFinished(() => store.close());
  return store;
}

describe('what reading from a LevelDB store costs', () => {
  it('looks at no update that a snapshot has taken the place of', async () => {
    const store = await openStore();
    for (const [index, text] of ['a', 'b', 'c'].entries()) await store.append(NOTES, index + 1, [bytes(text)]);
    await store.replaceUpTo(NOTES, 2, bytes('AB'));
    // Whoever read it would find that it is none.
    await store.write([{ type: 'put', key: runKey(NOTES, 1), value: bytes('left by a crash, and damaged') }]);
    expect(await store.load(NOTES)).toMatchObject({ snapshotUpTo: 2, tail: [bytes('c')] });
  });
});

describe('what a commit of a LevelDB store costs', () => {
  it('R2 reads nothing of a document that was committed before', async () => {
    const store = await openStore();
    await Promise.all([store.append(NOTES, 1, [bytes('a')]), store.append(LISTS, 1, [bytes('a')])]);
    const reads = vi.spyOn(ClassicLevel.prototype, 'getMany');
    onTestFinished(() => reads.mockRestore());
    await Promise.all([store.append(NOTES, 2, [bytes('b')]), store.append(LISTS, 2, [bytes('b')])]);
    await store.replaceUpTo(NOTES, 2, bytes('AB'));
    await store.append(NOTES, 3, [bytes('c')]);
    expect(reads).not.toHaveBeenCalled();
    await store.remove(NOTES);
    await store.append(NOTES, 1, [bytes('a')]);
    expect(reads).toHaveBeenCalledTimes(1);
    expect((await store.load(NOTES))?.tail).toHaveLength(1);
  });

  it('R2 believes nothing that it knew before a write that failed: it may have got through', async () => {
    const store = await openStore();
    await store.append(NOTES, 1, [bytes('a')]);
    const batch = ClassicLevel.prototype.batch as (this: unknown, ...args: unknown[]) => Promise<void>;
    const broken = vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(async function (this: unknown, ...args: unknown[]) {
      await batch.apply(this, args);
      throw new Error('the line to the disk broke');
    } as never);
    onTestFinished(() => broken.mockRestore());
    await expect(store.append(NOTES, 2, [bytes('b')])).rejects.toThrow('the line to the disk broke');
    await expect(store.append(NOTES, 2, [bytes('other')])).rejects.toThrow('stands for another update');
    await store.append(NOTES, 2, [bytes('b'), bytes('c')]);
    expect((await store.load(NOTES))?.tail.map((update) => Buffer.from(update).toString())).toEqual(['a', 'b', 'c']);
  });

  it('R1 an edit waits for others, but not when somebody asked for something, when a batch is full, nor when the store closes', async () => {
    const hour = 60 * 60_000;
    const store = await openStore(new CommitPace(systemClock, () => hour));
    await store.append(NOTES, 1, [bytes('a')]);
    const second = store.append(NOTES, 2, [bytes('b')]);
    // Anybody may ask how the store is: it goes with the edit, and hurries nothing.
    const looked = store.check();
    await store.remove('another' as DocumentId);
    await Promise.all([second, looked]);
    const large = store.append(NOTES, 3, [new Uint8Array(9 * 1024 * 1024)]);
    await large;
    // Two commits at the least: each is full of edits.
    await store.append(
      NOTES,
      4,
      Array.from({ length: MANY_UPDATES }, () => bytes('d')),
    );
    await store.append(
      NOTES,
      4 + MANY_UPDATES,
      Array.from({ length: MANY_UPDATES }, () => bytes('e')),
    );
    const last = store.append(NOTES, 4 + 2 * MANY_UPDATES, [bytes('f')]);
    await store.close();
    await last;
  });
});
