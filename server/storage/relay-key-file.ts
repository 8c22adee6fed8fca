/**
 * The file with the relay's key: `<data>/relay-key`.
 *
 * R1  Nobody else on this machine may read it.
 * R2  A key that was replaced is gone; a crash leaves the old one or the new one.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from './file-errors';
import { StartError } from './start-error';

const KEY = /^[A-Za-z0-9_-]{24}$/;

export function relayKeyFile(folder: string): string {
  return join(folder, 'relay-key');
}

/** `undefined` when there is none. @throws {StartError} when it is not one, or cannot be read. */
export async function readRelayKey(folder: string): Promise<string | undefined> {
  const file = relayKeyFile(folder);
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StartError(`${file} cannot be read (${messageOf(error)}); make it readable.`);
  }
  if (!KEY.test(text)) throw new StartError(`${file} does not hold a relay's key; make a new one with weft-relay key --new.`);
  return text;
}

/** In place of the one that may be there. @throws {StartError} */
export async function writeRelayKey(folder: string, key: string): Promise<void> {
  const file = relayKeyFile(folder);
  const half = `${file}.new`;
  try {
    const handle = await open(half, 'w', 0o600);
    try {
      // The mode above is that of a new file alone, and one may have been left behind.
      await handle.chmod(0o600);
      await handle.writeFile(`${key}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(half, file);
  } catch (error) {
    throw new StartError(`${file} cannot be written (${messageOf(error)}); make the folder writable, or name another with --data.`);
  }
}
