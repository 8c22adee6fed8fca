/** Writes a file whole or not at all: whoever reads it, also after a power cut, sees the old text or the new. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const PRIVATE_MODE = 0o600;

/**
 * Keeps the mode of a file that is there; `mode` is for a new one. A link is replaced by the file, never followed.
 * @throws {NodeJS.ErrnoException} what the file system says; nothing is left behind
 */
export async function writeFileAtomically(path: string, text: string, mode = PRIVATE_MODE): Promise<void> {
  const existing = await stat(path).catch(ifMissing);
  const half = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`);
  try {
    const file = await open(half, 'wx', mode);
    try {
      await file.writeFile(text, 'utf8');
      // Here, not in `open`: the process's umask would take bits away.
      if (existing !== undefined) await file.chmod(existing.mode & 0o777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * The new name is on disk only when its folder is. Windows cannot open folders and orders renames by itself; some file systems (shares of a
 * network, FUSE) cannot do it or do not let us, and the file is there whole all the same.
 */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!CANNOT_SYNC_FOLDERS.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

const CANNOT_SYNC_FOLDERS: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM']);

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
