/**
 * Saves what can be read of a damaged data folder into a new one.
 *
 * R1  The damaged folder is not changed, and nothing is overwritten: the new one must not exist, and does only once it is complete.
 * R2  A document whose records are whole stays the same, to the byte; of another is kept what people can use (mended-document.ts).
 * R3  Owners and links come along. One whose newest record is there and not as it was written is lost: an older one could let in whom
 *     somebody has shut out. Where the newest cannot be found at all nobody can tell; the person is told to look through the links.
 * R4  What was lost is told by document, and which places cannot be read: nobody knows what else was written there.
 */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import type { Log } from '../rooms/ports';
import { copyRelayId, DOCUMENTS_FOLDER } from './data-folder';
import { exists, messageOf } from './file-errors';
import { findAccess, findDocument } from './found-document';
import { LevelDbStore } from './leveldb-store';
import { mendDocument } from './mended-document';
import { DamagedRecord, decodeFormat, FORMAT_KEY, STORE_FORMAT } from './records';
import { readRelayKey, writeRelayKey } from './relay-key-file';
import { type Damage, Salvage } from './salvage';
import { StartError } from './start-error';

export interface RepairOptions {
  /** A relay's data folder. */
  readonly from: string;
  /** Beside it when left out. */
  readonly to: string | undefined;
  readonly log: Log;
  readonly onProgress: (words: string) => void;
}

export interface Repaired {
  /** Absolute, as is `to`. */
  readonly from: string;
  readonly to: string;
  /** All documents of which anything was found. */
  readonly documents: number;
  readonly damage: readonly Damage[];
  readonly losses: readonly Loss[];
}

export interface Loss {
  readonly document: DocumentId;
  /** Whether any of its text is left. */
  readonly isGone: boolean;
  readonly lost: readonly string[];
}

const WORK_FOLDER = 'salvaged';
/** The first part of each key that belongs to a document. */
const SPACES = ['head', 'document', 'access'];
/** Documents written at once, so that they share commits; and updates in one record. */
const AT_ONCE = 32;
const UPDATES_IN_RUN = 1_000;

/** @throws {StartError} in one sentence why it cannot; then nothing was made. */
export async function repair({ from, to, log, onProgress }: RepairOptions): Promise<Repaired> {
  const [damaged, target] = [resolve(from), resolve(to ?? `${resolve(from)}.repaired`)];
  if (`${target}${sep}`.startsWith(`${damaged}${sep}`))
    throw new StartError(`${target} is inside the damaged folder; name another with --to.`);
  if (await exists(target)) throw new StartError(`${target} exists already, and nothing is overwritten; name another folder with --to.`);
  const half = await mkdtemp(`${target}.`).catch((error: unknown) => {
    throw new StartError(`No folder can be made in ${dirname(target)} (${messageOf(error)}); name another with --to.`);
  });
  try {
    const salvage = await Salvage.open(join(damaged, DOCUMENTS_FOLDER), join(half, WORK_FOLDER));
    try {
      await salvage.gather(onProgress);
      await requireFormat(salvage);
      const kept = await keepAll(salvage, join(half, DOCUMENTS_FOLDER), { log, onProgress });
      const damage = [...salvage.damage, ...(await copyFiles(damaged, half))];
      await salvage.close();
      await rm(join(half, WORK_FOLDER), { recursive: true });
      await rename(half, target);
      return { from: damaged, to: target, damage, ...kept };
    } finally {
      await salvage.close();
    }
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw error instanceof StartError ? error : new StartError(`${target} cannot be made (${messageOf(error)}); name another with --to.`);
  }
}

/** What cannot be read may have been of ours; what can, and is of another, is not for us. */
async function requireFormat(salvage: Salvage): Promise<void> {
  const stored = await salvage.newestOf(FORMAT_KEY);
  try {
    const format = stored === undefined ? STORE_FORMAT : decodeFormat(stored.value);
    if (format !== STORE_FORMAT) throw new StartError(`The folder has format ${format}, and this relay reads format ${STORE_FORMAT}.`);
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
  }
}

async function keepAll(
  salvage: Salvage,
  folder: string,
  { log, onProgress }: Pick<RepairOptions, 'log' | 'onProgress'>,
): Promise<Pick<Repaired, 'documents' | 'losses'>> {
  const store = await LevelDbStore.open(folder, log);
  try {
    const all = await documentsIn(salvage);
    const losses: Loss[] = [];
    let documents = 0;
    for (let at = 0; at < all.length; at += AT_ONCE) {
      onProgress(`Keeping document ${at + 1} of ${all.length}`);
      for (const loss of await Promise.all(all.slice(at, at + AT_ONCE).map((document) => keep(document, salvage, store)))) {
        if (loss !== undefined) documents++;
        if (loss !== undefined && loss.lost.length > 0) losses.push(loss);
      }
    }
    return { documents, losses };
  } finally {
    await store.close();
  }
}

/** `undefined` when there is nothing of it: it was removed. */
async function keep(document: DocumentId, salvage: Salvage, store: LevelDbStore): Promise<Loss | undefined> {
  const [found, who] = [await findDocument(salvage, document), await findAccess(salvage, document)];
  const { stored, losses } = mendDocument(found);
  if (stored === undefined && losses.length === 0 && who.whole.length + who.damaged === 0) return undefined;
  if (stored?.snapshot !== undefined) await store.replaceUpTo(document, stored.snapshotUpTo, stored.snapshot);
  const { snapshotUpTo = 0, tail = [] } = stored ?? {};
  for (let at = 0; at < tail.length; at += UPDATES_IN_RUN) {
    await store.append(document, snapshotUpTo + at + 1, tail.slice(at, at + UPDATES_IN_RUN));
  }
  await store.write(who.whole.map(({ key, value }) => ({ type: 'put', key, value })));
  const lost = who.damaged === 0 ? losses : [...losses, `${who.damaged} of the records of who may get in`];
  return { document, isGone: stored === undefined && losses.length > 0, lost };
}

async function documentsIn(salvage: Salvage): Promise<DocumentId[]> {
  const documents = new Set<DocumentId>();
  for await (const key of salvage.keys()) {
    const [space = '', id = ''] = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1').split('\0', 2);
    const document = SPACES.includes(space) ? parseDocumentId(id) : undefined;
    if (document !== undefined) documents.add(document);
  }
  return [...documents];
}

/** What is in the folder beside the documents. */
async function copyFiles(from: string, to: string): Promise<Damage[]> {
  const damage: Damage[] = [];
  if (!(await copyRelayId(from, to))) damage.push({ file: 'relay-id', what: "is missing or not a relay's id; the relay gets a new one" });
  try {
    const key = await readRelayKey(from);
    if (key !== undefined) await writeRelayKey(to, key);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    damage.push({ file: 'relay-key', what: 'cannot be read; the relay makes a new one' });
  }
  return damage;
}
