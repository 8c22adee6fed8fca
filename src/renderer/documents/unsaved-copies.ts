import type { DocumentId } from '../../shared/protocol/routes';
import type { UnsavedRecord } from './copy-records';
import { type Database, type Result, STORES, storageFailure } from './database';
import type { CopyKey } from './offline-copy';

/** An offline copy with edits that no relay is known to have saved. */
export interface UnsavedCopy extends CopyKey {
  /** When the oldest of them was made. Milliseconds since 1970. */
  readonly since: number;
}

export interface UnsavedCopies {
  /** Those of this moment, whichever window wrote them. Never rejects: where nothing can be read, nothing is known. */
  find(): Promise<readonly UnsavedCopy[]>;
}

export class IndexedUnsavedCopies implements UnsavedCopies {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(): Promise<readonly UnsavedCopy[]> {
    try {
      return await this.#database.read([STORES.unsaved], (transaction) => {
        const result: Result<readonly UnsavedCopy[]> = { value: [] };
        const store = transaction.objectStore(STORES.unsaved);
        const keys = store.getAllKeys();
        const records: IDBRequest<UnsavedRecord[]> = store.getAll();
        records.onsuccess = () => {
          result.value = oldestOfEach(keys.result, records.result);
        };
        return result;
      });
    } catch (error) {
      console.warn('What is not saved cannot be read.', storageFailure(error), error);
      return [];
    }
  }
}

/** Each window has a record of its own. */
function oldestOfEach(keys: readonly IDBValidKey[], records: readonly UnsavedRecord[]): UnsavedCopy[] {
  const copies = new Map<string, UnsavedCopy>();
  keys.forEach((key, index) => {
    const [relay, document] = key as [string, DocumentId];
    const name = JSON.stringify([relay, document]);
    const since = Math.min(records[index]?.since ?? 0, copies.get(name)?.since ?? Number.POSITIVE_INFINITY);
    copies.set(name, { relay, document, since });
  });
  return [...copies.values()];
}
