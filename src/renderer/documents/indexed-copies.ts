import type { Clock } from './clock';
import { COPY_STORES, moveRecords, openRecords, removeRecords } from './copy-records';
import { type Database, storageFailure } from './database';
import { IndexedCopy } from './indexed-copy';
import type { CopyKey, OfflineCopies, OfflineCopy } from './offline-copy';

/** Offline copies in IndexedDB. Rules: see offline-copy.ts. */
export class IndexedCopies implements OfflineCopies {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;

  constructor(options: { database: Database; clock: Clock; random: (bytes: number) => Uint8Array }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async open(key: CopyKey): Promise<OfflineCopy> {
    const writer = Array.from(this.#random(8), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const options = { database: this.#database, clock: this.#clock, key, writer };
    try {
      const opened = await this.#database.write(COPY_STORES, (transaction) => openRecords(transaction, key, writer));
      return new IndexedCopy({ ...options, opened });
    } catch (error) {
      // What could not be read must not be written over: this copy keeps nothing and says so.
      return new IndexedCopy({ ...options, failure: storageFailure(error) });
    }
  }

  async move(copy: OfflineCopy, to: CopyKey): Promise<OfflineCopy> {
    await copy.close();
    try {
      await this.#database.write(COPY_STORES, (transaction) => {
        moveRecords(transaction, copy.key, to);
        return { value: undefined };
      });
    } catch (error) {
      console.warn('The offline copy stays where it is.', storageFailure(error), error);
      return await this.open(copy.key);
    }
    return await this.open(to);
  }

  async forget(key: CopyKey): Promise<void> {
    await this.#database.write(COPY_STORES, (transaction) => {
      removeRecords(transaction, key);
      return { value: undefined };
    });
  }
}
