import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../server/storage/crc32c';
import { readManifest } from '../../server/storage/level-manifest';
import { findDeadlyDamage } from '../../server/storage/level-table';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { uncompress, uncompressedLength } from '../../server/storage/snappy';
import { StartError } from '../../server/storage/start-error';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from '../support/folder-for-test';
import { KeptLog } from '../support/kept-log';
import { below, randomFrom } from '../support/random';

const DOCUMENT = 'paper' as DocumentId;

/** A folder of LevelDB's with everything in one table; text that it compresses, or bytes that it cannot. */
async function storeInOneTable(isCompressible: boolean): Promise<{ readonly folder: string; readonly table: string }> {
  const folder = join(folderForTest(), 'documents');
  const random = randomFrom(7);
  const store = await LevelDbStore.open(folder, new KeptLog());
  for (let number = 1; number <= 200; number++) {
    await store.append(DOCUMENT, number, [Uint8Array.from({ length: 120 }, () => (isCompressible ? number % 7 : below(random, 256)))]);
  }
  await store.close();
  const level = new ClassicLevel(folder);
  await level.compactRange('\0', '\uffff');
  await level.close();
  const [table = '', ...others] = readdirSync(folder).filter((name) => name.endsWith('.ldb'));
  expect(others).toEqual([]);
  return { folder, table };
}

const sentenceOf = (folder: string) =>
  LevelDbStore.open(folder, new KeptLog()).then(
    async (store) => {
      await store.close();
      return 'opened';
    },
    (error: unknown) => (error instanceof StartError ? error.message : Promise.reject(error)),
  );

describe('a table of LevelDB', () => {
  test('is trusted as it was written, compressed or not', async () => {
    const lengths: number[] = [];
    for (const isCompressible of [false, true]) {
      const { folder, table } = await storeInOneTable(isCompressible);
      const bytes = readFileSync(join(folder, table));
      expect(findDeadlyDamage(bytes)).toBeUndefined();
      lengths.push(bytes.length);
    }
    expect(lengths[1]).toBeLessThan((lengths[0] ?? 0) / 3);
  });

  test('R1 is not trusted with any bit of its index or its filter changed, nor cut off', async () => {
    for (const isCompressible of [false, true]) {
      const { folder, table } = await storeInOneTable(isCompressible);
      const bytes = readFileSync(join(folder, table));
      const footer = bytes.length - 48;
      // The last block before the footer is the index.
      for (let at = footer - 20; at < footer; at++) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 4;
        expect(findDeadlyDamage(damaged), `byte ${at}`).toBeDefined();
      }
      // And before that the list of filters, with the one filter before it.
      const filters = bytes.indexOf('filter.leveldb');
      for (const at of [filters, filters - 10]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 4;
        expect(findDeadlyDamage(damaged), `byte ${at}`).toBeDefined();
      }
      for (const length of [0, 10, 48, footer, bytes.length - 1]) expect(findDeadlyDamage(bytes.subarray(0, length))).toBeDefined();
      for (let at = bytes.length - 8; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 1;
        expect(findDeadlyDamage(damaged)).toBe(footer);
      }
    }
  });

  test('R2 is left to the checksums of records when only what is in them changed, and not when LevelDB would die of it', async () => {
    const { folder, table } = await storeInOneTable(false);
    const bytes = readFileSync(join(folder, table));
    const keyAt = bytes.indexOf('document\0paper\0u');
    const inValue = Buffer.from(bytes);
    inValue[keyAt + 60] = (inValue[keyAt + 60] as number) ^ 1;
    expect(findDeadlyDamage(inValue)).toBeUndefined();
    // Before the key: how much of it is that of the one before, how long it is, how long the value is. A key of three bytes:
    const shortKey = Buffer.from(bytes);
    shortKey[keyAt - 3] = 3;
    expect(findDeadlyDamage(shortKey)).toBe(0);
    writeFileSync(join(folder, table), shortKey);
    expect(await sentenceOf(folder)).toBe(
      `${folder} is damaged: saved edits in its file ${table} cannot be read (byte 0). Save what can be read with: weft-relay repair --data "${dirname(folder)}". Or restore it from a backup, or name another folder with --data.`,
    );
    expect(readFileSync(join(folder, table)).equals(shortKey)).toBe(true);
  });

  test('that is not in use is not looked at: what a crash left half written', async () => {
    const { folder, table } = await storeInOneTable(false);
    const manifest = readdirSync(folder).find((name) => name.startsWith('MANIFEST')) ?? '';
    expect(readManifest(readFileSync(join(folder, manifest)))?.inUse).toEqual(new Set([Number.parseInt(table, 10)]));
    writeFileSync(join(folder, '009999.ldb'), 'half of a table');
    expect(await sentenceOf(folder)).toBe('opened');
    expect(existsSync(join(folder, table))).toBe(true);
  });

  test('is not gone on from without the log that the manifest names: LevelDB would, and say nothing', async () => {
    const { folder } = await storeInOneTable(false);
    const log = readdirSync(folder).find((name) => name.endsWith('.log')) ?? '';
    rmSync(join(folder, log));
    const before = readdirSync(folder);
    expect(await sentenceOf(folder)).toContain(`its file ${log} with saved edits is missing`);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('whose manifest cannot be read is LevelDB’s to tell of', async () => {
    const folder = join(folderForTest(), 'documents');
    mkdirSync(folder);
    writeFileSync(join(folder, 'CURRENT'), 'MANIFEST-000001\n');
    writeFileSync(join(folder, 'MANIFEST-000001'), 'no manifest');
    writeFileSync(join(folder, '000005.ldb'), 'no table');
    expect(await sentenceOf(folder)).toContain('is damaged');
    expect(readManifest(Buffer.from('no manifest'))?.inUse).toEqual(new Set());
  });
});

describe('snappy', () => {
  const bytes = (...values: readonly (number | string)[]) =>
    Uint8Array.from(values.flatMap((value) => (typeof value === 'string' ? [...Buffer.from(value)] : [value])));
  const text = (compressed: Uint8Array) => {
    const whole = uncompress(compressed);
    return whole === undefined ? undefined : Buffer.from(whole).toString();
  };

  test('reads what is literal, and copies, of what the same copy has just written too', () => {
    expect(text(bytes(0))).toBe('');
    expect(text(bytes(5, 4 << 2, 'hello'))).toBe('hello');
    expect(text(bytes(7, 2 << 2, 'abc', ((4 - 4) << 2) | 1, 3))).toBe('abcabca');
    expect(text(bytes(9, 0, 'x', ((8 - 1) << 2) | 2, 1, 0))).toBe('xxxxxxxxx');
    expect(text(bytes(9, 0, 'x', ((8 - 1) << 2) | 3, 1, 0, 0, 0))).toBe('xxxxxxxxx');
    expect(text(bytes(70, 60 << 2, 69, 'y'.repeat(70)))).toBe('y'.repeat(70));
    expect(uncompressedLength(bytes(0xac, 0x02))).toBe(300);
  });

  test.each([
    ['nothing', bytes()],
    ['a length without end', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a literal beyond the end', bytes(5, 4 << 2, 'hell')],
    ['more than it says', bytes(4, 4 << 2, 'hello')],
    ['less than it says', bytes(6, 4 << 2, 'hello')],
    ['a copy of what is not there yet', bytes(7, 2 << 2, 'abc', 1, 4)],
    ['a copy of nothing', bytes(7, 2 << 2, 'abc', 1, 0)],
    ['a copy that is cut off', bytes(7, 2 << 2, 'abc', 2, 3)],
  ])('reads nothing of %s', (_what, compressed) => {
    expect(uncompress(compressed)).toBeUndefined();
  });
});

describe('CRC-32C', () => {
  test('is that of the standard, whatever the length', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(0))).toBe(0);
    const random = randomFrom(3);
    const all = Uint8Array.from({ length: 40 }, () => below(random, 256));
    for (let length = 0; length <= all.length; length++) expect(crc32c(all.subarray(0, length))).toBe(slowly(all.subarray(0, length)));
  });

  function slowly(bytes: Uint8Array): number {
    let checksum = 0xffffffff;
    for (const byte of bytes) {
      checksum ^= byte;
      for (let bit = 0; bit < 8; bit++) checksum = (checksum >>> 1) ^ ((checksum & 1) === 1 ? 0x82f63b78 : 0);
    }
    return (checksum ^ 0xffffffff) >>> 0;
  }
});
