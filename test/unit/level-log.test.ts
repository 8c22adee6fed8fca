import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '../../server/storage/crc32c';
import { findDamage } from '../../server/storage/level-log';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { StartError } from '../../server/storage/start-error';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from '../support/folder-for-test';
import { KeptLog } from '../support/kept-log';
import { makeTemporaryFolder } from '../support/temporary-folder';
import { writtenUpdate } from '../support/written-update';

const DOCUMENT = 'letters' as DocumentId;
const BLOCK = 32 * 1024;

/** A real store's log: small commits over more than two blocks, with one of several blocks among them. */
let log: Buffer;
/** The same, ending with a commit of several blocks. */
let longEnd: Buffer;
/** Where the last commit begins in `longEnd`. */
let longEndAt: number;

beforeAll(async () => {
  const folder = await makeTemporaryFolder();
  const store = await LevelDbStore.open(folder.path, new KeptLog());
  let number = 1;
  const commit = async (bytes: number): Promise<void> => store.append(DOCUMENT, number, [writtenUpdate(DOCUMENT, number++, bytes)]);
  const read = (): Buffer => readFileSync(join(folder.path, logIn(folder.path)));
  for (let count = 0; count < 150; count++) await commit(20 + (count % 50));
  await commit(3 * BLOCK);
  longEnd = read();
  longEndAt = longEnd.length - 3 * BLOCK - 500;
  for (let count = 0; count < 150; count++) await commit(20 + (count % 50));
  log = read();
  await store.close();
  await folder.remove();
});

describe('a log of LevelDB', () => {
  it('has the checksum that RFC 3720 gives examples of', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('is trusted as LevelDB wrote it, over several blocks, and when it is empty', () => {
    expect(log.length).toBeGreaterThan(4 * BLOCK);
    expect([log, longEnd, Buffer.alloc(0)].map(findDamage)).toEqual([undefined, undefined, undefined]);
  });

  it('R1 R3 shows one flipped bit wherever it is, but in the padding at the end of a block', () => {
    const unnoticed: number[] = [];
    // Odd, so that each bit of a byte has its turn; all of the last commits, where nothing follows.
    for (let at = 0; at < log.length; at += at < log.length - 2_000 ? 61 : 1) {
      if (findDamage(flipped(log, at, at % 8)) === undefined) unnoticed.push(at);
    }
    expect(unnoticed.filter((at) => at % BLOCK <= BLOCK - 7)).toEqual([]);
  });

  it('R3 shows one flipped bit in a last commit of several blocks', () => {
    const unnoticed: number[] = [];
    for (let at = longEndAt; at < longEnd.length; at += 97) {
      if (findDamage(flipped(longEnd, at, at % 8)) === undefined) unnoticed.push(at);
    }
    expect(unnoticed.filter((at) => at % BLOCK <= BLOCK - 7)).toEqual([]);
  });

  it('R2 is trusted wherever a crash cut it off', () => {
    for (let length = 0; length < log.length; length += length < log.length - 1_000 ? 83 : 1) {
      expect(findDamage(log.subarray(0, length)), `cut at ${length}`).toBeUndefined();
    }
  });

  it('R2 is trusted when a power cut left sectors of the last commit as zeros, but not when they belong to an earlier one', () => {
    const sector = Math.ceil((longEndAt + 1_000) / 512) * 512;
    const torn = Buffer.from(longEnd).fill(0, sector, sector + 1_024);
    expect(findDamage(torn)).toBeUndefined();
    expect(findDamage(Buffer.from(longEnd).fill(0, sector))).toBeUndefined();
    expect(findDamage(Buffer.from(log).fill(0, sector, sector + 1_024))).toBeGreaterThan(0);
  });

  it('R1 shows a record that became zeros, which LevelDB takes for room that was never used', () => {
    expect(findDamage(Buffer.from(log).fill(0, 600, 900))).toBeGreaterThan(0);
  });
});

describe('a store with a flipped bit in its log', () => {
  it('is refused with one sentence and left as it is, wherever the bit is', async () => {
    const folder = folderForTest();
    const store = await LevelDbStore.open(folder, new KeptLog());
    for (let number = 1; number <= 30; number++) await store.append(DOCUMENT, number, [writtenUpdate(DOCUMENT, number, 40)]);
    await store.close();
    const files = filesOf(folder);
    const name = logIn(folder);
    const whole = files.get(name) as Buffer;
    for (let at = 5; at < whole.length; at += 211) {
      const damaged = new Map(files).set(name, flipped(whole, at, 3));
      const copy = folderOf(damaged);
      const error = await LevelDbStore.open(copy, new KeptLog()).catch((reason: unknown) => reason);
      expect(error, `bit ${at}`).toBeInstanceOf(StartError);
      expect((error as StartError).message).toContain(`saved edits in its file ${name} cannot be read`);
      expect(filesOf(copy)).toEqual(damaged);
    }
  });

  it('opens when a crash cut its log off, with every commit that was complete', async () => {
    const folder = folderForTest();
    const store = await LevelDbStore.open(folder, new KeptLog());
    for (let number = 1; number <= 30; number++) await store.append(DOCUMENT, number, [writtenUpdate(DOCUMENT, number, 40)]);
    await store.close();
    const files = filesOf(folder);
    const name = logIn(folder);
    const whole = files.get(name) as Buffer;
    const copy = folderOf(new Map(files).set(name, whole.subarray(0, whole.length - 10)));
    const cut = await LevelDbStore.open(copy, new KeptLog());
    expect((await cut.load(DOCUMENT))?.tail).toHaveLength(29);
    await cut.close();
  });
});

function logIn(folder: string): string {
  const [name, ...others] = readdirSync(folder).filter((each) => each.endsWith('.log'));
  if (name === undefined || others.length > 0) throw new Error(`not one log in ${folder}`);
  return name;
}

function filesOf(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

function folderOf(files: ReadonlyMap<string, Buffer>): string {
  const folder = join(folderForTest(), 'documents');
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}
