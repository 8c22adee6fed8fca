/**
 * The folder where a relay keeps everything: `relay-id` and `documents/`.
 *
 * R1  One relay a folder; LevelDB's lock decides, so `relay-id` is written only by whoever holds it.
 * R2  What cannot be used is refused with one sentence, and left as it is.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { base64url } from '../../src/shared/protocol/routes';
import type { Clock, Log } from '../rooms/ports';
import { CommitPace } from './commit-pace';
import { codeOf, messageOf } from './file-errors';
import { LevelDbStore } from './leveldb-store';
import { StartError } from './start-error';

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** The same relay after a restart or under another address. */
  readonly relayId: string;
  readonly store: LevelDbStore;
}

export interface OpenDataFolder {
  readonly path: string;
  readonly random: (bytes: number) => Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

export const DOCUMENTS_FOLDER = 'documents';
const RELAY_ID_FILE = 'relay-id';
const RELAY_ID = /^[A-Za-z0-9_-]{22}$/;

/** Whoever opens it closes its store. @throws {StartError} */
export async function openDataFolder({ path, random, clock, log }: OpenDataFolder): Promise<DataFolder> {
  const folder = resolve(path);
  try {
    // What people write is nobody else's business on this machine.
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(whyNotMade(folder, error));
  }
  const store = await LevelDbStore.open(join(folder, DOCUMENTS_FOLDER), log, new CommitPace(clock));
  try {
    return { path: folder, relayId: await settleRelayId(join(folder, RELAY_ID_FILE), random), store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** 128 random bits; a relay that keeps nothing makes one at each start. */
export function newRelayId(random: (bytes: number) => Uint8Array): string {
  return base64url(random(16));
}

/** False when there is none, or what is there is not one. */
export async function copyRelayId(from: string, to: string): Promise<boolean> {
  const stored = await readFile(join(from, RELAY_ID_FILE), 'utf8').catch(() => '');
  if (!RELAY_ID.test(stored.trim())) return false;
  await writeWhole(join(to, RELAY_ID_FILE), stored);
  return true;
}

async function settleRelayId(file: string, random: (bytes: number) => Uint8Array): Promise<string> {
  try {
    const stored = (await readFile(file, 'utf8')).trim();
    if (RELAY_ID.test(stored)) return stored;
    throw new StartError(`${file} does not hold a relay's id; restore it from a backup, or delete it for a new one.`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (codeOf(error) !== 'ENOENT') throw new StartError(`${file} cannot be read (${messageOf(error)}); make it readable.`);
  }
  const id = newRelayId(random);
  try {
    await writeWhole(file, `${id}\n`);
  } catch (error) {
    throw new StartError(`${file} cannot be written (${messageOf(error)}); make the folder writable, or name another with --data.`);
  }
  return id;
}

/** A crash leaves the file whole or absent. */
async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.new`;
  const handle = await open(half, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(half, file);
}

function whyNotMade(folder: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'EEXIST' || code === 'ENOTDIR') return `${folder} is not a folder; name another with --data.`;
  return `The folder ${folder} cannot be made (${messageOf(error)}); name another with --data.`;
}
