/**
 * Text files of the person: one becomes a document, a document is written as one.
 *
 * R1 Only files that the person chose in a dialog are touched: a path never comes from the page.
 * R2 A file that is no UTF-8 text, or too large, is refused with one sentence; nothing is guessed or cut.
 * R3 Line ends become `\n` inside; what the file had comes back when it is written.
 * R4 Writing is whole or not at all.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BaseWindow, Dialog } from 'electron';
import type { TextFile } from '../shared/bridge';
import { writeFileAtomically } from './atomic-file';

/** Bytes: what a document may have, by a relay's default. */
export const LARGEST_TEXT_FILE = 10 * 1024 * 1024;

const NEW_FILE_MODE = 0o644;

export type OpenDialog = Pick<Dialog, 'showOpenDialog'>;
export type SaveDialog = Pick<Dialog, 'showSaveDialog'>;

export async function openTextFile(dialog: OpenDialog, window: BaseWindow): Promise<TextFile | undefined> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openFile'] });
  const [path] = filePaths;
  return canceled || path === undefined ? undefined : readTextFile(path);
}

export async function saveTextFile(
  dialog: SaveDialog,
  window: BaseWindow,
  { file, folder }: { readonly file: TextFile; readonly folder: string },
): Promise<string | undefined> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, { defaultPath: join(folder, plainFileName(file.name)) });
  if (canceled || filePath === '') return undefined;
  const name = basename(filePath);
  const text = file.lineEnding === '\n' ? file.text : file.text.replaceAll('\n', file.lineEnding);
  await writeFileAtomically(filePath, text, NEW_FILE_MODE).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`“${name}” was not written: ${reason(error)}.`);
  });
  return name;
}

export async function readTextFile(path: string): Promise<TextFile> {
  const name = basename(path);
  const bytes = await readBytes(path, name);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new Error(`“${name}” is written in UTF-16: save it as UTF-8 first.`);
  }
  let text: string;
  try {
    // Without `ignoreBOM`, a byte order mark is taken off.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`“${name}” is no text in UTF-8: save it as UTF-8 first.`);
  }
  if (text.includes('\0')) throw new Error(`“${name}” is no text file: choose another one.`);
  return { name, text: text.replace(/\r\n?/g, '\n'), lineEnding: lineEndingOf(text) };
}

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new Error('it is no file');
    if (info.size > LARGEST_TEXT_FILE) throw new Error(`it is larger than ${LARGEST_TEXT_FILE / 1024 / 1024} MiB`);
    return await readFile(path);
  } catch (error) {
    throw new Error(`“${name}” was not opened: ${reason(error)}.`);
  }
}

/** The most frequent one; `\n` when there is none. */
function lineEndingOf(text: string): TextFile['lineEnding'] {
  const windows = text.split('\r\n').length - 1;
  const old = text.split('\r').length - 1 - windows;
  const unix = text.split('\n').length - 1 - windows;
  if (windows > unix && windows >= old) return '\r\n';
  return old > unix ? '\r' : '\n';
}

/** A name, whatever a title says: no folders, nothing that a file system refuses. */
export function plainFileName(title: string): string {
  const name = title
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
    .replace(/[\u0000-\u001f\u007f<>:"/\\|?*]/g, '-')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .slice(0, 120);
  return name === '' ? 'Untitled.txt' : name;
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOENT':
      return 'it is not there';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EISDIR':
      return 'a folder has that name';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
