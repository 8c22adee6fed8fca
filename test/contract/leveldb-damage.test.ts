import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it } from 'vitest';
import { UnreadableDocument } from '../../server/rooms/ports';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { StartError } from '../../server/storage/start-error';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from '../support/folder-for-test';
import { KeptLog } from '../support/kept-log';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

const DOCUMENTS = ['first', 'second'] as DocumentId[];
const FLIPS = 150;

describe('one flipped bit in a table of LevelDB', () => {
  it('R5 makes a document unreadable or leaves it as it is, and costs no other document anything', async () => {
    const random = randomFrom(seedFromEnvironment());
    const { files, table, written } = await storedInTable(random);
    const seen = { whole: 0, unreadable: 0, refused: 0 };
    for (let flip = 0; flip < FLIPS; flip++) {
      const bytes = Buffer.from(files.get(table) as Buffer);
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8));
      const folder = join(folderForTest(), 'documents');
      mkdirSync(folder);
      for (const [name, content] of files) writeFileSync(join(folder, name), name === table ? bytes : content);
      const store = await LevelDbStore.open(folder, new KeptLog()).catch((error: unknown) => {
        expect(error, `byte ${at}`).toBeInstanceOf(StartError);
        return undefined;
      });
      if (store === undefined) seen.refused++;
      for (const document of store === undefined ? [] : DOCUMENTS) {
        try {
          const stored = await store?.load(document);
          expect(stored?.tail, `byte ${at}, ${document}`).toEqual(written.get(document));
          seen.whole++;
        } catch (error) {
          if (!(error instanceof UnreadableDocument)) throw error;
          seen.unreadable++;
        }
      }
      await store?.close();
      expect(readFileSync(join(folder, table)).equals(bytes), 'the damaged table is as it was').toBe(true);
    }
    // Each bit is in the records of one document, or in what belongs to both.
    expect(seen.unreadable).toBeGreaterThan(FLIPS / 3);
    expect(seen.whole).toBeGreaterThan(FLIPS / 2);
  });
});

/** Two documents in one table, and nothing in the log. */
async function storedInTable(random: () => number): Promise<{
  files: ReadonlyMap<string, Buffer>;
  table: string;
  written: ReadonlyMap<DocumentId, Uint8Array[]>;
}> {
  const folder = join(folderForTest(), 'documents');
  const store = await LevelDbStore.open(folder, new KeptLog());
  const written = new Map<DocumentId, Uint8Array[]>();
  for (const document of DOCUMENTS) {
    // Bytes that LevelDB cannot compress: a flipped bit is one of somebody's.
    const updates = Array.from({ length: 20 }, () => Uint8Array.from({ length: 100 }, () => below(random, 256)));
    written.set(document, updates);
    for (const [index, update] of updates.entries()) await store.append(document, index + 1, [update]);
  }
  await store.close();
  const level = new ClassicLevel(folder);
  await level.compactRange('\0', '\uffff');
  await level.close();
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const [table = '', ...others] = [...files.keys()].filter((name) => name.endsWith('.ldb'));
  expect(others).toEqual([]);
  return { files, table, written };
}
