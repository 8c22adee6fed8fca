/** A data folder as relays leave it, and what was in it: for tests that damage it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import * as Y from 'yjs';
import { openHistory } from '../../server/rooms/history/stored-history';
import { encodeSnapshot } from '../../server/rooms/history/stored-snapshot';
import type { LinkRecord, SecretHash } from '../../server/rooms/link-store';
import type { StoredDocument } from '../../server/rooms/ports';
import { LevelLinkStore } from '../../server/storage/level-link-store';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { writeRelayKey } from '../../server/storage/relay-key-file';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { folderForTest } from './folder-for-test';
import { KeptLog } from './kept-log';
import { below } from './random';
import { makeTemporaryFolder } from './temporary-folder';

export const RELAY_ID = 'abcdefghijklmnopqrstuv';
export const RELAY_KEY = 'abcdefghijklmnopqrstuvwx';

export interface WrittenDocument {
  readonly doc: Y.Doc;
  readonly stored: StoredDocument;
  readonly links: readonly LinkRecord[];
}

export interface WrittenStore {
  /** The files of its `documents`, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly documents: ReadonlyMap<DocumentId, WrittenDocument>;
  /** There once. */
  readonly removed: readonly DocumentId[];
}

/** Random letters, which LevelDB cannot compress to much less; some deletions. */
function edit(doc: Y.Doc, random: () => number): void {
  const text = doc.getText('content');
  const letters = Array.from({ length: 1 + below(random, 60) }, () => String.fromCharCode(33 + below(random, 94))).join('');
  if (text.length > 10 && below(random, 4) === 0) text.delete(below(random, text.length - 5), 5);
  else text.insert(below(random, text.length + 1), letters);
}

/** In as many runs of a relay as are asked for: each leaves a table, the last one its log. */
export async function writeStore(random: () => number, { documents, rounds, edits }: { documents: number; rounds: number; edits: number }) {
  const temporary = await makeTemporaryFolder();
  const folder = join(temporary.path, 'documents');
  const ids = Array.from({ length: documents }, (_, index) => `document-${index}` as DocumentId);
  const docs = new Map<DocumentId, { doc: Y.Doc; updates: Uint8Array[]; number: number }>();
  const removed = new Set<DocumentId>();
  const start = (id: DocumentId) => {
    const doc = new Y.Doc();
    doc.clientID = 1 + below(random, 2 ** 30);
    const open = { doc, updates: [] as Uint8Array[], number: 0 };
    doc.on('update', (update: Uint8Array) => open.updates.push(update));
    docs.set(id, open);
    removed.delete(id);
    return open;
  };
  for (let round = 0; round < rounds; round++) {
    const store = await LevelDbStore.open(folder, new KeptLog());
    const links = new LevelLinkStore(store);
    await Promise.all(
      ids.map(async (id) => {
        const chance = below(random, 12);
        if (chance === 0 && docs.has(id)) {
          await store.remove(id);
          await links.removeDocument(id);
          docs.delete(id);
          removed.add(id);
          return;
        }
        const open = docs.get(id) ?? start(id);
        await links.write(id, { links: [linkOf(id, round)], secrets: [[hash(`${id} ${round}`), { type: 'owner' }]] });
        for (let count = 0; count < edits; count++) {
          edit(open.doc, random);
          // Another person, so that not everything builds on everything.
          if (below(random, 20) === 0) open.doc.clientID = 1 + below(random, 2 ** 30);
          if (below(random, 3) > 0) continue;
          await store.append(id, open.number + 1, open.updates);
          open.number += open.updates.splice(0).length;
        }
        if (open.updates.length > 0) await store.append(id, open.number + 1, open.updates);
        open.number += open.updates.splice(0).length;
        if (below(random, 3) > 0) return;
        const { knowledge } = openHistory(await store.load(id), 'text');
        const snapshot = encodeSnapshot(Y.encodeStateAsUpdate(open.doc), knowledge.clocks, knowledge.deleted.encode());
        await store.replaceUpTo(id, open.number, snapshot);
      }),
    );
    await store.close();
  }
  const whole = { ...(await read(folder, docs)), removed: [...removed] };
  await temporary.remove();
  return whole;
}

/** Everything in one table, and nothing in the log: as LevelDB does with what is old. */
export async function intoTables(folder: string): Promise<void> {
  const level = new ClassicLevel(folder);
  await level.compactRange('\0', '\uffff');
  await level.close();
}

export function linkOf(document: DocumentId, number: number): LinkRecord {
  return {
    id: `link-${number}`,
    role: 'editor',
    label: `of ${document}`,
    createdAt: 1_700_000_000_000 + number,
    expiresAt: null,
    uses: number,
    mostUses: null,
    isRevoked: number % 2 === 1,
    arrivals: [],
    secret: hash(`${document} link ${number}`),
  };
}

function hash(text: string): SecretHash {
  return createHash('sha256').update(text).digest('base64url') as SecretHash;
}

async function read(folder: string, docs: ReadonlyMap<DocumentId, { doc: Y.Doc }>): Promise<Pick<WrittenStore, 'files' | 'documents'>> {
  // Read from a copy: to open a store is to change it.
  const files = filesIn(folder);
  const copy = `${folder}-copy`;
  putFiles(copy, files);
  const store = await LevelDbStore.open(copy, new KeptLog());
  const documents = new Map<DocumentId, WrittenDocument>();
  for (const [id, { doc }] of docs) {
    const stored = await store.load(id);
    if (stored === undefined) throw new Error('nothing was written');
    documents.set(id, { doc, stored, links: await new LevelLinkStore(store).listLinks(id) });
  }
  await store.close();
  return { files, documents };
}

export function filesIn(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

export function putFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
}

/** A whole data folder with these files in its `documents`. */
export async function dataFolderWith(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const data = join(folderForTest(), 'data');
  putFiles(join(data, 'documents'), files);
  writeFileSync(join(data, 'relay-id'), `${RELAY_ID}\n`);
  await writeRelayKey(data, RELAY_KEY);
  return data;
}
