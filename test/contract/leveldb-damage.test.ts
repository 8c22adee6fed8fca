import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { buildEntry } from '../support/build-entry';
import { folderForTest } from '../support/folder-for-test';
import { KeptLog } from '../support/kept-log';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { DOCUMENTS, type Reading } from '../support/store-reader';

const FLIPS = 150;

let entry: Awaited<ReturnType<typeof buildEntry>>;
beforeAll(async () => {
  entry = await buildEntry('test/support/store-reader.ts');
});
afterAll(() => entry.remove());

describe('one flipped bit in a table of LevelDB', () => {
  it('R5 makes a document unreadable or leaves it as it is, and never shows another text', async () => {
    const random = randomFrom(seedFromEnvironment());
    const { files, table, written } = await storedInTable(random);
    const seen = { whole: 0, unreadable: 0, refused: 0, ended: 0 };
    const reader = new StoreReader(entry.script);
    onTestFinished(() => reader.end());
    for (let flip = 0; flip < FLIPS; flip++) {
      const bytes = Buffer.from(files.get(table) as Buffer);
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8));
      const folder = join(folderForTest(), 'documents');
      mkdirSync(folder);
      for (const [name, content] of files) writeFileSync(join(folder, name), name === table ? bytes : content);
      const reading = await reader.read(folder);
      if (reading.type !== 'open') seen[reading.type]++;
      else {
        for (const document of DOCUMENTS) {
          const found = reading.documents[document];
          if (found !== 'unreadable') expect(found, `byte ${at}, ${document}`).toEqual(written.get(document));
          seen[found === 'unreadable' ? 'unreadable' : 'whole']++;
        }
      }
      expect(readFileSync(join(folder, table)).equals(bytes), 'the damaged table is as it was').toBe(true);
    }
    // LevelDB itself would end the process over some (level-table.ts).
    expect(seen.ended).toBe(0);
    // Each bit is in the records of one document, or in what belongs to both.
    expect(seen.unreadable).toBeGreaterThan(FLIPS / 3);
    expect(seen.whole).toBeGreaterThan(FLIPS / 2);
  });
});

/** Should LevelDB end the process over a table, the next one reads on. */
class StoreReader {
  readonly #script: string;
  #child: ChildProcessWithoutNullStreams | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  async read(folder: string): Promise<Reading | { readonly type: 'ended' }> {
    this.#child ??= spawn(process.execPath, [this.#script, '--serve']);
    const child = this.#child;
    child.stdin.write(`${folder}\n`);
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const answer = await new Promise<string | undefined>((resolve) => {
      let line = '';
      child.stdout.on('data', (text) => {
        line += text;
        if (line.endsWith('\n')) resolve(line);
      });
      child.once('exit', () => resolve(undefined));
    });
    child.removeAllListeners();
    child.stdout.removeAllListeners('data');
    child.stderr.removeAllListeners('data');
    if (answer !== undefined) return JSON.parse(answer);
    this.#child = undefined;
    // Nothing of ours may end the process.
    expect(errors).toMatch(/leveldb.*Assertion|bad_alloc/);
    return { type: 'ended' };
  }

  end(): void {
    this.#child?.kill();
  }
}

/** Two documents in one table, and nothing in the log. */
async function storedInTable(random: () => number): Promise<{
  files: ReadonlyMap<string, Buffer>;
  table: string;
  written: ReadonlyMap<DocumentId, string[]>;
}> {
  const folder = join(folderForTest(), 'documents');
  const store = await LevelDbStore.open(folder, new KeptLog());
  const written = new Map<DocumentId, string[]>();
  for (const document of DOCUMENTS) {
    // Bytes that LevelDB cannot compress: a flipped bit is one of somebody's.
    const updates = Array.from({ length: 20 }, () => Uint8Array.from({ length: 100 }, () => below(random, 256)));
    written.set(
      document,
      updates.map((update) => Buffer.from(update).toString('base64')),
    );
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
