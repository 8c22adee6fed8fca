/**
 * Everything in a folder of LevelDB that can be read, gathered in a LevelDB of our own, which sorts it.
 *
 * R1  The folder is only read. A relay that has it open is refused, and none can open it meanwhile.
 * R2  Of a key the entry with the highest sequence number counts, whichever file it is in; one that was removed is gone.
 * R3  Files that LevelDB had done with do not count: what was removed since would come back. Where its manifest does not say, all do.
 * R4  What cannot be read is told of, and costs nothing beside it: what is in a damaged place counts where it carries a checksum of its
 *     own that is right. Only the content of documents does: nobody gets in by what is not as it was written, and nothing is removed.
 */
import { mkdir, open, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { codeOf, exists, messageOf } from './file-errors';
import { entriesOfBatch, type LevelEntry } from './level-entries';
import type { Level, Operation } from './level-files';
import { findDamage, salvageRecords } from './level-log';
import { fileName, type Manifest, readManifest } from './level-manifest';
import { isContentKey, isSealed, type KeyRange } from './records';
import { salvageTable } from './salvaged-table';
import { StartError } from './start-error';

export interface Damage {
  readonly file: string;
  readonly what: string;
}

/** A record of the store that was; the newest under its key. */
export interface Salvaged {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly sequence: number;
}

/** Behind each key: the sequence number, so that the newest comes first. */
const SUFFIX = 8;
const NEWEST = 2n ** 64n - 1n;
/** The first byte of each value: whether there is one. */
const [GONE, THERE] = [Uint8Array.of(0), Uint8Array.of(1)];
const BATCH_BYTES = 1024 * 1024;

export class Salvage {
  readonly #folder: string;
  readonly #level: Level;
  readonly damage: Damage[] = [];
  #batch: Operation[] = [];
  #batchBytes = 0;

  private constructor(folder: string, level: Level) {
    this.#folder = folder;
    this.#level = level;
  }

  /** @param workFolder does not exist yet. @throws {StartError} no store, or in use. */
  static async open(folder: string, workFolder: string): Promise<Salvage> {
    await mkdir(workFolder);
    const lock = join(folder, 'LOCK');
    // The lock of the folder is the lock of ours (R1).
    if (await exists(lock)) await shareLock(lock, join(workFolder, 'LOCK'));
    const level: Level = new ClassicLevel(workFolder, { keyEncoding: 'view', valueEncoding: 'view' });
    try {
      await level.open();
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw codeOf(cause) === 'LEVEL_LOCKED' ? new StartError(inUse(folder)) : cause;
    }
    return new Salvage(folder, level);
  }

  /** @throws {StartError} */
  async gather(onProgress: (words: string) => void): Promise<void> {
    const names = await this.#names();
    const manifest = await this.#manifest(names);
    const files = names.filter((name) => counts(name, manifest));
    for (const [index, name] of files.entries()) {
      onProgress(`Reading file ${index + 1} of ${files.length}`);
      await this.#gatherFile(name);
    }
    await this.#flush();
  }

  /** Of a range of keys, in their order. */
  async *newest(range: KeyRange): AsyncIterable<Salvaged> {
    let last: Uint8Array | undefined;
    for await (const [stored, bytes] of this.#level.iterator(range)) {
      const key = stored.subarray(0, -SUFFIX);
      if (last !== undefined && Buffer.compare(key, last) === 0) continue;
      last = key;
      const sequence = Number(NEWEST - viewOf(stored).getBigUint64(key.length));
      if (bytes[0] === THERE[0]) yield { key, value: bytes.subarray(1), sequence };
    }
  }

  /** Under one key. */
  async newestOf(key: Uint8Array): Promise<Salvaged | undefined> {
    // No number is so high that its suffix begins otherwise, and no key of ours goes on with this byte.
    for await (const found of this.newest({
      gte: Buffer.concat([key, Buffer.of(0xff)]),
      lte: Buffer.concat([key, Buffer.alloc(SUFFIX, 0xff)]),
    }))
      return found;
    return undefined;
  }

  /** All keys, in their order, of what is gone too; some more than once. */
  async *keys(): AsyncIterable<Uint8Array> {
    for await (const stored of this.#level.keys()) yield stored.subarray(0, -SUFFIX);
  }

  close(): Promise<void> {
    return this.#level.close();
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      throw new StartError(`${this.#folder} cannot be read (${messageOf(error)}); name a relay's folder with --data.`);
    });
    if (!names.some((name) => /^(MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(name))) {
      throw new StartError(`${this.#folder} holds nothing that a relay keeps; name a relay's folder with --data.`);
    }
    return names.sort();
  }

  /** The newest, as far as it can be read. */
  async #manifest(names: readonly string[]): Promise<Manifest | undefined> {
    const name = names.filter((each) => /^MANIFEST-\d+$/.test(each)).at(-1);
    const bytes = name === undefined ? undefined : await this.#read(name);
    const manifest = bytes === undefined ? undefined : readManifest(bytes);
    if (bytes === undefined || manifest === undefined || manifest.log === 0 || findDamage(bytes) !== undefined) {
      this.damage.push({ file: name ?? 'MANIFEST', what: 'which files there should be cannot be told' });
      return manifest;
    }
    const numbers = new Set(names.map((each) => Number.parseInt(each, 10)));
    for (const number of [...manifest.inUse, manifest.log]) {
      if (!numbers.has(number)) this.damage.push({ file: fileName(number, number === manifest.log ? 'log' : 'ldb'), what: 'is missing' });
    }
    return manifest;
  }

  async #gatherFile(name: string): Promise<void> {
    const bytes = await this.#read(name);
    if (bytes === undefined) return;
    const onDamage = (at: number): void => void this.damage.push({ file: name, what: `cannot be read at byte ${at}` });
    for (const entry of name.endsWith('.log') ? salvageLog(bytes, onDamage) : salvageTable(bytes, onDamage)) await this.#keep(entry);
  }

  async #read(name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#folder, name));
    } catch (error) {
      this.damage.push({ file: name, what: `cannot be read (${messageOf(error)})` });
      return undefined;
    }
  }

  async #keep({ key, value, sequence, isIntact }: LevelEntry): Promise<void> {
    if (!isIntact && !(value !== undefined && isContentKey(key) && isSealed(key, value))) return;
    const suffix = new Uint8Array(SUFFIX);
    viewOf(suffix).setBigUint64(0, NEWEST - BigInt(sequence));
    const kept = value === undefined ? GONE : Buffer.concat([THERE, value]);
    this.#batch.push({ type: 'put', key: Buffer.concat([key, suffix]), value: kept });
    this.#batchBytes += key.length + kept.length;
    if (this.#batchBytes > BATCH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#level.batch(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
  }
}

async function shareLock(lock: string, ours: string): Promise<void> {
  try {
    await symlink(lock, ours);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    // Windows lets few people make links. There nobody can open a lock that somebody else has.
    const handle = await open(lock, 'r+').catch((found: unknown) => {
      throw codeOf(found) === 'EBUSY' ? new StartError(inUse(dirname(lock))) : found;
    });
    await handle.close();
  }
}

function inUse(folder: string): string {
  return `${folder} is in use by a relay; stop that one first.`;
}

function* salvageLog(log: Uint8Array, onDamage: (at: number) => void): Iterable<LevelEntry> {
  const damagedAt = findDamage(log);
  if (damagedAt !== undefined) onDamage(damagedAt);
  /** The lowest number that can come next. */
  let next: number | undefined;
  for (const { bytes, isIntact } of salvageRecords(log)) {
    const entries = entriesOfBatch(bytes, isIntact) ?? [];
    const first = entries[0]?.sequence;
    if (first === undefined) continue;
    // Each entry takes a byte at the least; what is further on is damaged itself.
    if (!isIntact && (next === undefined || first < next || first > next + log.length)) continue;
    yield* entries;
    next = first + entries.length;
  }
}

/** R3 */
function counts(name: string, manifest: Manifest | undefined): boolean {
  const [, digits, kind] = /^(\d+)\.(log|ldb|sst)$/.exec(name) ?? [];
  if (digits === undefined) return false;
  return kind === 'log' ? Number(digits) >= (manifest?.log ?? 0) : manifest?.removed.has(Number(digits)) !== true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
