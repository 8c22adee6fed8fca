import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { openHistory } from '../../server/rooms/history/stored-history';
import { decodeSnapshot } from '../../server/rooms/history/stored-snapshot';
import type { StoredDocument } from '../../server/rooms/ports';
import { LevelLinkStore } from '../../server/storage/level-link-store';
import { findDamage } from '../../server/storage/level-log';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { FORMAT_KEY, sealed } from '../../server/storage/records';
import { type Repaired, repair } from '../../server/storage/repair';
import { StartError } from '../../server/storage/start-error';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { documentsIn } from '../support/records-in-file';
import { dataFolderWith, RELAY_ID, RELAY_KEY, type WrittenStore, writeStore } from '../support/store-to-damage';

const ROUNDS = Number(process.env.WEFT_REPAIRS ?? 25);
/** Each is a folder written, repaired, and opened. */
const LONG_MS = 60_000;

let random: () => number;
let written: WrittenStore;

const repairOf = (data: string, to?: string): Promise<Repaired> =>
  repair({ from: data, to, log: new KeptLog(), onProgress: () => undefined });

function bytesOf({ snapshot, snapshotUpTo, tail }: StoredDocument): string {
  return JSON.stringify([snapshotUpTo, ...[snapshot ?? [], ...tail].map((bytes) => Buffer.from(bytes).toString('base64'))]);
}

/** Names, times and bytes of everything below a folder. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { mtimeMs, mode } = statSync(join(folder, name));
      const bytes = statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name)).toString('base64') : '';
      return `${name} ${mtimeMs} ${mode} ${bytes}`;
    })
    .join('\n');
}

function docOf(stored: StoredDocument): Y.Doc {
  const doc = new Y.Doc();
  if (stored.snapshot !== undefined) Y.applyUpdate(doc, decodeSnapshot(stored.snapshot).update);
  for (const update of stored.tail) Y.applyUpdate(doc, update);
  return doc;
}

/** All of it came from the document: taken into it, it changes nothing. */
function expectPartOf(part: Y.Doc, whole: Y.Doc): void {
  expect(part.store.pendingStructs).toBeNull();
  const both = new Y.Doc();
  Y.applyUpdate(both, Y.encodeStateAsUpdate(whole));
  const before = Y.encodeStateAsUpdate(both);
  Y.applyUpdate(both, Y.encodeStateAsUpdate(part));
  expect(Buffer.compare(Y.encodeStateAsUpdate(both), before)).toBe(0);
}

type Seen = Map<DocumentId, 'same' | 'part' | 'gone'>;

/** Opens it as a relay does, and looks at every document. What a power cut could have left may be lost without a word. */
async function look({ to, losses, damage }: Repaired, files: ReadonlyMap<string, Uint8Array>): Promise<Seen> {
  const isTorn = [...files].some(
    ([name, bytes]) =>
      name.endsWith('.log') && Buffer.compare(bytes, written.files.get(name) ?? bytes) !== 0 && findDamage(bytes) === undefined,
  );
  const store = await LevelDbStore.open(join(to, 'documents'), new KeptLog());
  const seen: Seen = new Map();
  try {
    for (const [id, { doc, stored }] of written.documents) {
      const found = await store.load(id);
      const isSame = found !== undefined && bytesOf(found) === bytesOf(stored);
      seen.set(id, isSame ? 'same' : found === undefined ? 'gone' : 'part');
      if (isSame) continue;
      expect(
        isTorn || losses.some(({ document }) => document === id) || damage.length > 0,
        `${id} has lost something, and it is told`,
      ).toBe(true);
      if (found === undefined) continue;
      openHistory(found, 'text');
      expectPartOf(docOf(found), doc);
    }
    for await (const { document } of store.list()) {
      if (!written.documents.has(document) && !isTorn) expect(damage, `${document} was removed`).not.toEqual([]);
    }
    for (const [id, { links }] of written.documents) {
      for (const link of await new LevelLinkStore(store).listLinks(id)) expect(links).toContainEqual(link);
    }
  } finally {
    await store.close();
  }
  return seen;
}

beforeAll(async () => {
  random = randomFrom(seedFromEnvironment());
  written = await writeStore(random, { documents: 24, rounds: 5, edits: 60 });
});

describe('a repair', () => {
  it('R2 keeps everything of a folder without damage, to the byte, with who may get in, id and key', async () => {
    const data = await dataFolderWith(written.files);
    const before = everythingIn(data);
    const repaired = await repairOf(data);
    expect(repaired).toMatchObject({ to: `${data}.repaired`, documents: written.documents.size, damage: [], losses: [] });
    expect(everythingIn(data)).toBe(before);
    expect(new Set((await look(repaired, written.files)).values())).toEqual(new Set(['same']));
    expect(readdirSync(repaired.to).sort()).toEqual(['documents', 'relay-id', 'relay-key']);
    expect(readFileSync(join(repaired.to, 'relay-id'), 'utf8')).toBe(`${RELAY_ID}\n`);
    expect(readFileSync(join(repaired.to, 'relay-key'), 'utf8')).toBe(`${RELAY_KEY}\n`);
    expect(statSync(join(repaired.to, 'relay-key')).mode & 0o777).toBe(0o600);
    expect(statSync(repaired.to).mode & 0o777).toBe(0o700);
    const store = await LevelDbStore.open(join(repaired.to, 'documents'), new KeptLog());
    for (const [id, { links }] of written.documents) expect(await new LevelLinkStore(store).listLinks(id)).toEqual(links);
    await store.close();
    expect(readdirSync(dirname(data)).sort()).toEqual(['data', 'data.repaired']);
  });

  it(
    'R1 R2 R4 of random damage changes nothing, tells what it lost, and shows no text that never was',
    async () => {
      const counts = { same: 0, part: 0, gone: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const files = new Map(written.files);
        const done = Array.from({ length: 1 + below(random, 2) }, () => damage(files));
        const data = await dataFolderWith(files);
        const before = everythingIn(data);
        const repaired = await repairOf(data).catch((error: unknown) => {
          // Nothing is left to read.
          if (error instanceof StartError && error.message.includes('holds nothing')) return undefined;
          throw new Error(`after ${done.join(', ')}`, { cause: error });
        });
        expect(everythingIn(data)).toBe(before);
        if (repaired === undefined) continue;
        for (const what of (
          await look(repaired, files).catch((error: unknown) => {
            throw new Error(`after ${done.join(', ')}`, { cause: error });
          })
        ).values())
          counts[what]++;
      }
      process.stdout.write(`  ${ROUNDS} damaged stores: ${JSON.stringify(counts)}\n`);
      expect(counts.same).toBeGreaterThan(counts.part + counts.gone);
      expect(counts.part).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  it(
    'R2 keeps to the byte, with its links, whatever was not hit',
    async () => {
      let unhit = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const name = pick(
          random,
          [...written.files.keys()].filter((each) => /\.(ldb|log)$/.test(each) && (written.files.get(each)?.length ?? 0) > 0),
        );
        const whole = written.files.get(name) as Buffer;
        const from = below(random, whole.length);
        const isCut = below(random, 4) === 0;
        const to = isCut ? whole.length : Math.min(whole.length, from + pick(random, [1, 100, 512, 4096]));
        const bytes = isCut ? whole.subarray(0, from) : Buffer.from(whole);
        if (!isCut) for (let at = from; at < to; at++) bytes[at] = (bytes[at] as number) ^ (1 + below(random, 255));
        const files = new Map([...written.files, [name, bytes]]);
        const repaired = await repairOf(await dataFolderWith(files));
        const hit = documentsIn(name, whole, from, to);
        const what = `bytes ${from} to ${to} of ${name}${isCut ? ' cut off' : ''}`;
        const seen = await look(repaired, files);
        for (const id of written.documents.keys()) {
          if (hit.has(id)) continue;
          unhit++;
          expect(seen.get(id), `${id} after ${what}`).toBe('same');
          expect(
            repaired.losses.filter(({ document }) => document === id),
            what,
          ).toEqual([]);
        }
        const store = await LevelDbStore.open(join(repaired.to, 'documents'), new KeptLog());
        for (const [id, { links }] of written.documents) {
          if (!hit.has(id)) expect(await new LevelLinkStore(store).listLinks(id), `${id} after ${what}`).toEqual(links);
        }
        await store.close();
      }
      process.stdout.write(`  ${unhit} documents beside ${ROUNDS} damaged places\n`);
      expect(unhit).toBeGreaterThan(ROUNDS);
    },
    LONG_MS,
  );

  it('R1 overwrites nothing, and makes nothing where it cannot', async () => {
    const data = await dataFolderWith(written.files);
    mkdirSync(`${data}.repaired`);
    writeFileSync(join(`${data}.repaired`, 'mine'), 'mine');
    await expect(repairOf(data)).rejects.toThrow(/exists already, and nothing is overwritten; name another folder with --to/);
    expect(readdirSync(`${data}.repaired`)).toEqual(['mine']);
    await expect(repairOf(data, join(data, 'new'))).rejects.toThrow(/is inside the damaged folder/);
    await expect(repairOf(data, join(data, '..', 'no', 'such', 'place'))).rejects.toThrow(/No folder can be made in/);
    await expect(repairOf(join(data, 'documents'))).rejects.toThrow(/cannot be read|holds nothing/);
    const foreign = await dataFolderWith(new Map());
    const level = new ClassicLevel<Uint8Array, Uint8Array>(join(foreign, 'documents'), { keyEncoding: 'view', valueEncoding: 'view' });
    await level.put(FORMAT_KEY, sealed(FORMAT_KEY, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9)));
    await level.close();
    await expect(repairOf(foreign)).rejects.toThrow(/has format 9, and this relay reads format 1/);
    expect(readdirSync(join(foreign, '..'))).toEqual(['data']);
    expect(readdirSync(join(data, '..')).sort()).toEqual(['data', 'data.repaired']);
    expect((await repairOf(data, join(data, '..', 'other'))).losses).toEqual([]);
    expect(existsSync(join(data, '..', 'other', 'documents', 'CURRENT'))).toBe(true);
  });
});

/** Does some damage, and says what. */
function damage(files: Map<string, Buffer>): string {
  const name = pick(
    random,
    [...files.keys()].filter((each) => /^(\d+\.(ldb|log)|MANIFEST-\d+|CURRENT)$/.test(each) && (files.get(each)?.length ?? 0) > 0),
  );
  const bytes = Buffer.from(files.get(name) as Buffer);
  const at = below(random, bytes.length);
  const kind = pick(random, ['flip', 'zeros', 'garbage', 'cut', 'remove', 'scatter', 'repeat'] as const);
  const end = Math.min(bytes.length, at + pick(random, [1, 16, 512, 4096, 40_000]));
  if (kind === 'flip') bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8));
  if (kind === 'zeros') bytes.fill(0, at, end);
  if (kind === 'garbage') for (let each = at; each < end; each++) bytes[each] = below(random, 256);
  if (kind === 'scatter') for (let each = 0; each < 20; each++) bytes[below(random, bytes.length)] = below(random, 256);
  if (kind === 'repeat') bytes.copy(bytes, at, 0, end - at);
  if (kind === 'remove') files.delete(name);
  else files.set(name, kind === 'cut' ? bytes.subarray(0, at) : bytes);
  return `${kind} of ${name} at byte ${at}`;
}
