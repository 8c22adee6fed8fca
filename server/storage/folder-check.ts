/**
 * Looks through a folder of LevelDB's before LevelDB does.
 *
 * R1  A damaged or missing log is refused: LevelDB would leave out what was saved, and say nothing.
 * R2  So is a table over which LevelDB would end the process (level-table.ts).
 * R3  So is a folder without the file that names the rest: LevelDB would make a new, empty store, which hides what is there.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, exists, messageOf } from './file-errors';
import { findDamage } from './level-log';
import { fileName, type Manifest, readManifest } from './level-manifest';
import { findDeadlyDamage } from './level-table';
import { StartError } from './start-error';

/** @throws {StartError} */
export async function checkFolder(folder: string): Promise<void> {
  const names = await namesIn(folder);
  refuseHeadless(folder, names);
  for (const name of names) if (name.endsWith('.log')) await refuseDamagedLog(folder, name);
  const manifest = await readCurrentManifest(folder, names);
  if (manifest === undefined) return;
  await refuseMissingLog(folder, manifest);
  await refuseDeadlyTables(folder, names, manifest.inUse);
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new StartError(`${folder} cannot be read (${messageOf(error)}); make it readable, or name another folder with --data.`);
  });
}

/** R3 */
function refuseHeadless(folder: string, names: readonly string[]): void {
  const hasData = names.some((name) => /^MANIFEST-|\.(log|ldb|sst)$/.test(name));
  if (hasData && !names.includes('CURRENT')) {
    throw new StartError(`${folder} is damaged: its file CURRENT is missing. ${whatToDo(folder)}`);
  }
}

/** R1 */
async function refuseDamagedLog(folder: string, name: string): Promise<void> {
  const damagedAt = findDamage(await readIfThere(join(folder, name)));
  if (damagedAt !== undefined) throw unreadableFile(folder, name, damagedAt);
}

async function readCurrentManifest(folder: string, names: readonly string[]): Promise<Manifest | undefined> {
  const current = Buffer.from(await readIfThere(join(folder, 'CURRENT')))
    .toString()
    .trim();
  return names.includes(current) ? readManifest(await readIfThere(join(folder, current))) : undefined;
}

/** R1: it is there from before the manifest names it until after another one is named. */
async function refuseMissingLog(folder: string, { log }: Manifest): Promise<void> {
  const name = fileName(log, 'log');
  if (log === 0 || (await exists(join(folder, name)))) return;
  throw new StartError(`${folder} is damaged: its file ${name} with saved edits is missing. ${whatToDo(folder)}`);
}

/** R2 */
async function refuseDeadlyTables(folder: string, names: readonly string[], inUse: ReadonlySet<number>): Promise<void> {
  for (const name of names) {
    const number = /^(\d+)\.(?:ldb|sst)$/.exec(name)?.[1];
    if (number === undefined || !inUse.has(Number(number))) continue;
    const table = await readIfThere(join(folder, name));
    const damagedAt = table.length === 0 ? undefined : findDeadlyDamage(table);
    if (damagedAt !== undefined) throw unreadableFile(folder, name, damagedAt);
  }
}

/** A store that another relay has open removes files; LevelDB's lock speaks next. */
function readIfThere(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return new Uint8Array();
    throw error;
  });
}

function unreadableFile(folder: string, name: string, damagedAt: number): StartError {
  return new StartError(`${folder} is damaged: saved edits in its file ${name} cannot be read (byte ${damagedAt}). ${whatToDo(folder)}`);
}

/** With damage. */
export function whatToDo(folder: string): string {
  return `Save what can be read with: weft-relay repair --data "${dirname(folder)}". Or restore it from a backup, or name another folder with --data.`;
}
