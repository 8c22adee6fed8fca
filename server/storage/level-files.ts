/**
 * LevelDB's files, open as long as they can be trusted.
 *
 * R1  After a write that failed nothing more is written to the same log: LevelDB goes on behind the torn record, and what it
 *     confirms there can be lost at the next start. So the files are closed and opened again, which starts a new log.
 * R2  Reads that are under way end before the files are closed; later ones wait until they are open again.
 * R3  A folder that holds anything but a store of this format is refused, and nothing in it is overwritten.
 */
import { ClassicLevel } from 'classic-level';
import { codeOf, messageOf } from './file-errors';
import { checkFolder, whatToDo } from './folder-check';
import { CHECK_KEY, DamagedRecord, decodeFormat, encodeFormat, FORMAT_KEY, type KeyRange, STORE_FORMAT } from './records';
import { StartError } from './start-error';

export type Level = ClassicLevel<Uint8Array, Uint8Array>;

export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export class LevelFiles {
  readonly #folder: string;
  /** `undefined` while closed after a failed write. */
  #level: Level | undefined;
  #reopening: Promise<Level> | undefined;
  #uses = 0;
  #whenUnused: (() => void) | undefined;
  #closed = false;

  private constructor(folder: string, level: Level) {
    this.#folder = folder;
    this.#level = level;
  }

  /** @throws {StartError} in use, no store, another format, damaged. */
  static async open(folder: string): Promise<LevelFiles> {
    let level: Level;
    try {
      level = await openLevel(folder);
    } catch (error) {
      throw error instanceof StartError ? error : new StartError(whyNotOpened(folder, error));
    }
    try {
      await settleFormat(folder, level);
    } catch (error) {
      await level.close();
      // The first read is the first look into the tables.
      throw error instanceof StartError ? error : new StartError(whyNotOpened(folder, error));
    }
    return new LevelFiles(folder, level);
  }

  /** Runs work that needs the files open, and that does not write. */
  async use<Result>(work: (level: Level) => Promise<Result>): Promise<Result> {
    const level = await this.#whenOpen();
    this.#uses++;
    try {
      return await work(level);
    } finally {
      this.#uses--;
      if (this.#uses === 0) this.#whenUnused?.();
    }
  }

  /** Writes all operations or none, and resolves when they are on disk. One call at a time. */
  write(operations: Operation[]): Promise<void> {
    return this.#change((level) => level.batch(operations, { sync: true }));
  }

  /** Removes all keys of a range, some of them when it fails; a crash may bring them back. Never beside a `write`. */
  remove(range: KeyRange): Promise<void> {
    return this.#change(async (level) => {
      await level.clear(range);
      // `clear` is not synced. A power cut may keep a later page of the log and lose an earlier one: a commit behind records
      // that are not on disk yet would then look like damage (folder-check.ts).
      await level.put(CHECK_KEY, new Uint8Array(1), { sync: true });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const level = this.#level ?? (await this.#reopening?.catch(() => undefined));
    await this.#unused();
    await level?.close();
  }

  /** R1 */
  async #change(change: (level: Level) => Promise<void>): Promise<void> {
    const level = await this.#whenOpen();
    try {
      await change(level);
    } catch (error) {
      this.#level = undefined;
      this.#reopening = this.#reopen(level);
      // Whoever needs the files next hears of it; until then nobody may be waiting.
      this.#reopening.catch(() => undefined);
      throw error;
    }
  }

  #whenOpen(): Promise<Level> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    if (this.#level !== undefined) return Promise.resolve(this.#level);
    this.#reopening ??= this.#reopen(undefined);
    return this.#reopening;
  }

  async #reopen(broken: Level | undefined): Promise<Level> {
    try {
      await this.#unused();
      await broken?.close();
      this.#level = await openLevel(this.#folder);
      return this.#level;
    } finally {
      this.#reopening = undefined;
    }
  }

  #unused(): Promise<void> {
    if (this.#uses === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenUnused = () => {
        this.#whenUnused = undefined;
        resolve();
      };
    });
  }
}

async function openLevel(folder: string): Promise<Level> {
  await checkFolder(folder);
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open();
  return level;
}

async function settleFormat(folder: string, level: Level): Promise<void> {
  const elsewhere = 'name another folder with --data';
  const stored = await level.get(FORMAT_KEY);
  if (stored === undefined) {
    for await (const _key of level.keys({ limit: 1 })) {
      throw new StartError(`${folder} holds a database that is not the relay's; ${elsewhere}.`);
    }
    await level.put(FORMAT_KEY, encodeFormat(), { sync: true });
    return;
  }
  let format: number;
  try {
    format = decodeFormat(stored);
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    throw new StartError(`${folder} is damaged (${error.message}). ${whatToDo(folder)}`);
  }
  if (format !== STORE_FORMAT) {
    throw new StartError(
      `${folder} has format ${format}, and this relay reads format ${STORE_FORMAT}; start the relay that wrote it, or ${elsewhere}.`,
    );
  }
}

function whyNotOpened(folder: string, error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (codeOf(cause) === 'LEVEL_LOCKED') return `${folder} is in use by another relay; stop that one, or name another folder with --data.`;
  const found = messageOf(cause);
  if (codeOf(cause) === 'LEVEL_CORRUPTION' || /corrupt|missing files|CURRENT file/i.test(found)) {
    return `${folder} is damaged (${found}). ${whatToDo(folder)}`;
  }
  return `${folder} cannot be opened (${found}); make room or make it writable, or name another folder with --data.`;
}
