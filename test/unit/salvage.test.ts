import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entriesOfBatch } from '../../server/storage/level-entries';
import { LevelLinkStore } from '../../server/storage/level-link-store';
import { salvageRecords } from '../../server/storage/level-log';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { decodeHead, headKey } from '../../server/storage/records';
import { Salvage } from '../../server/storage/salvage';
import { salvageTable } from '../../server/storage/salvaged-table';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from '../support/folder-for-test';
import { KeptLog } from '../support/kept-log';
import { below, randomFrom } from '../support/random';
import { intoTables, linkOf } from '../support/store-to-damage';

const PAPER = 'paper' as DocumentId;

async function salvaged(folder: string): Promise<{ keys: string[]; damage: string[] }> {
  const salvage = await Salvage.open(folder, join(folderForTest(), 'work'));
  await salvage.gather(() => undefined);
  const keys: string[] = [];
  for await (const { key, value } of salvage.newest({ gte: new Uint8Array(), lte: Uint8Array.of(255) })) {
    const words = Buffer.from(key)
      .toString('latin1')
      .replace(/[^ -~]+/g, ' ')
      .trim();
    keys.push(words.startsWith('access') ? `${words} ${JSON.parse(Buffer.from(value.subarray(4)).toString()).uses}` : words);
  }
  await salvage.close();
  return { keys, damage: salvage.damage.map(({ file, what }) => `${file} ${what}`) };
}

const fileIn = (folder: string, end: string): string =>
  join(
    folder,
    readdirSync(folder)
      .filter((name) => name.endsWith(end))
      .at(-1) ?? '',
  );

async function withStore(folder: string, work: (store: LevelDbStore, links: LevelLinkStore) => Promise<unknown>): Promise<void> {
  const store = await LevelDbStore.open(folder, new KeptLog());
  await work(store, new LevelLinkStore(store));
  await store.close();
}

function flip(file: string, where: (bytes: Buffer) => number): void {
  const bytes = readFileSync(file);
  const at = where(bytes);
  expect(at).toBeGreaterThan(-1);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(file, bytes);
}

const random = randomFrom(8);

/** Which LevelDB cannot compress. */
function letters(count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(48 + below(random, 75)))
    .join('')
    .replace(/\\/g, '/');
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[at] = (bytes[at] as number) + 2;
  return other;
}

describe('what can be read of a folder of LevelDB', () => {
  it('R2 is the newest under each key, and not what was removed', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store, links) => {
      await links.write(PAPER, { links: [linkOf(PAPER, 1), { ...linkOf(PAPER, 1), id: 'other' }] });
      await store.append('gone' as DocumentId, 1, [Uint8Array.of(0, 0)]);
    });
    await withStore(folder, async (store, links) => {
      await links.write(PAPER, { links: [{ ...linkOf(PAPER, 1), uses: 7 }] });
      await store.remove('gone' as DocumentId);
    });
    expect((await salvaged(folder)).keys).toEqual(['access paper llink-1 7', 'access paper lother 1', 'check', 'format']);
  });

  it('R3 has nothing of a table that LevelDB had done with', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, (store) => store.append(PAPER, 1, [Uint8Array.of(0, 0)]));
    await withStore(folder, async () => undefined);
    const old = fileIn(folder, '.ldb');
    const bytes = readFileSync(old);
    await withStore(folder, (store) => store.remove(PAPER));
    await intoTables(folder);
    expect(readdirSync(folder)).not.toContain(old);
    writeFileSync(old, bytes);
    expect((await salvaged(folder)).keys).toEqual(['check', 'format']);
    // Where nothing says that it was done with, it may be all there is.
    rmSync(fileIn(folder, readdirSync(folder).find((name) => name.startsWith('MANIFEST')) ?? ''));
    const { keys, damage } = await salvaged(folder);
    expect(keys.filter((key) => key.includes('paper'))).toHaveLength(2);
    expect(damage).toEqual(['MANIFEST which files there should be cannot be told']);
  });

  it('R4 is content of documents in a damaged commit, and neither links nor removals', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store, links) => {
      await links.write(PAPER, { links: [linkOf(PAPER, 1)] });
      // One commit.
      await Promise.all([
        store.append('hit' as DocumentId, 1, [Buffer.from('this one is hit')]),
        store.append('whole' as DocumentId, 1, [Buffer.from('this one is whole')]),
        links.write(PAPER, { links: [{ ...linkOf(PAPER, 1), uses: 7 }, linkOf(PAPER, 2)] }),
        store.write([{ type: 'del', key: Buffer.from('format') }]),
      ]);
    });
    const log = fileIn(folder, '.log');
    flip(log, (bytes) => bytes.indexOf('this one is hit'));
    const { keys, damage } = await salvaged(folder);
    expect(keys).toEqual(['access paper llink-1 1', 'document whole u', 'format', 'head hit', 'head whole']);
    expect(damage).toEqual([expect.stringMatching(/^\d+\.log cannot be read at byte \d+$/)]);
  });

  it('R4 is content of documents in a damaged block of a table, and no links', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store, links) => {
      await links.write(PAPER, { links: [{ ...linkOf(PAPER, 1), label: letters(300) }] });
      await store.append(PAPER, 1, [Buffer.from(letters(300))]);
    });
    await intoTables(folder);
    flip(fileIn(folder, '.ldb'), (bytes) => bytes.indexOf('label') + 100);
    const { keys, damage } = await salvaged(folder);
    expect(keys).toEqual(['document paper u', 'head paper']);
    expect(damage).toEqual([expect.stringMatching(/^\d+\.ldb cannot be read at byte 0$/)]);
  });

  it('R4 takes no damaged number of a commit for its place among others', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store) => {
      await store.append(PAPER, 1, [Buffer.from('the first')]);
      await store.append(PAPER, 2, [Buffer.from('the second')]);
    });
    const log = fileIn(folder, '.log');
    // The number is before the count and the first entry.
    flip(log, (bytes) => bytes.lastIndexOf(Buffer.from('document'), bytes.indexOf('the first')) - 3 - 4 - 5);
    const salvage = await Salvage.open(folder, join(folderForTest(), 'work'));
    await salvage.gather(() => undefined);
    const head = await salvage.newestOf(headKey(PAPER));
    await salvage.close();
    expect(salvage.damage).toHaveLength(1);
    expect(decodeHead(headKey(PAPER), head?.value ?? new Uint8Array()).last).toBe(2);
  });

  it('R1 is of a commit all or nothing', () => {
    // A number, how many follow, then: put k = v, remove k.
    const batch = Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 1, 107, 1, 118, 0, 1, 107);
    const [k, v] = [Uint8Array.of(107), Uint8Array.of(118)];
    expect(entriesOfBatch(batch, true)).toEqual([
      { key: k, value: v, sequence: 9, isIntact: true },
      { key: k, value: undefined, sequence: 10, isIntact: true },
    ]);
    for (const at of [8, 12, 13, 15, 17, 18]) {
      expect(entriesOfBatch(changed(batch, at), true), `byte ${at}`).toBeUndefined();
    }
    for (let length = 0; length < batch.length; length++) expect(entriesOfBatch(batch.subarray(0, length), true)).toBeUndefined();
  });

  it('never looks into what people write for records', async () => {
    const other = join(folderForTest(), 'documents');
    await withStore(other, (store) => store.append('forged' as DocumentId, 1, [Uint8Array.of(0, 0)]));
    const forged = readFileSync(fileIn(other, '.log'));
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store) => {
      await store.append(PAPER, 1, [Buffer.concat([Buffer.alloc(50), forged, Buffer.alloc(50)])]);
      await store.append(PAPER, 2, [Uint8Array.of(0, 0)]);
    });
    const log = readFileSync(fileIn(folder, '.log'));
    const planted = log.lastIndexOf(forged.subarray(0, 40));
    expect(planted).toBeGreaterThan(0);
    const written = [...salvageRecords(log)].map(({ bytes }) => bytes.length);
    for (let bit = 0; bit < 8 * planted; bit++) {
      // In the length of the record around it among others.
      const damaged = Buffer.from(log);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      const found = [...salvageRecords(damaged)].map(({ bytes }) => bytes.length);
      const rest = [...written];
      for (const length of found) {
        while (rest.length > 0 && rest[0] !== length) rest.shift();
        expect(rest.shift(), `bit ${bit}`).toBe(length);
      }
    }
  });

  it('is every block of a table without its end, to the last whole one, and never one that is damaged', async () => {
    const folder = join(folderForTest(), 'documents');
    await withStore(folder, async (store) => {
      for (let number = 1; number <= 300; number++) await store.append(PAPER, number, [Buffer.from(letters(100))]);
    });
    await intoTables(folder);
    const table = readFileSync(fileIn(folder, '.ldb'));
    const all = [...salvageTable(table, () => expect.fail('damage'))];
    expect(all.length).toBeGreaterThan(300);
    const salvageOf = (bytes: Uint8Array) => {
      const damage: number[] = [];
      const some = [...salvageTable(bytes, (at) => damage.push(at))];
      expect(damage).toHaveLength(1);
      expect(some).toEqual(all.slice(0, some.length));
      return some;
    };
    const withoutEnd = table.subarray(0, table.length - 48);
    expect(salvageOf(withoutEnd)).toHaveLength(all.length);
    const half = Math.floor(table.length / 2);
    expect(salvageOf(table.subarray(0, half)).length).toBeGreaterThan(all.length / 3);
    for (let at = half; at < half + 300; at += 7) {
      const damaged = Buffer.from(withoutEnd);
      damaged[at] = (damaged[at] as number) ^ 2;
      expect(salvageOf(damaged).length).toBeGreaterThan(all.length / 3);
    }
  });
});
