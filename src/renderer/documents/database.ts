/** The one IndexedDB database of this device, and the few words of IndexedDB that the rest uses. */

const DATABASE_NAME = 'weft';
/** 2: keys, link secrets and relay keys came. Each version adds stores and leaves the others as they are. */
const VERSION = 2;

/** Keys: see copy-records.ts, recent-documents.ts, kept-texts.ts, known-relays.ts, indexed-keyring.ts. */
export const STORES = {
  copies: 'copies',
  updates: 'updates',
  unsaved: 'unsaved',
  kept: 'kept',
  recent: 'recent',
  relays: 'relays',
  keys: 'keys',
  linkSecrets: 'link-secrets',
  relayKeys: 'relay-keys',
} as const;

export type StoreName = (typeof STORES)[keyof typeof STORES];

/** Opens the database when it is needed, and again after the platform closed it. */
export class Database {
  #opening: Promise<IDBDatabase> | undefined;

  /**
   * Runs one transaction. What `work` returns is the result, once the platform confirmed the whole transaction:
   * `durability: 'strict'` means that it is on the disk by then, not in a cache of the system.
   *
   * `work` only issues requests, from their callbacks too: IndexedDB ends a transaction that waits for anything else.
   */
  async write<T>(stores: readonly StoreName[], work: (transaction: IDBTransaction) => Result<T>): Promise<T> {
    return this.#run(stores, 'readwrite', work);
  }

  /**
   * A transaction of writes alone, handed over whole: `work` issues all of it at once, with no callbacks. The platform completes it
   * even when this page is gone the next moment; any other transaction would be undone then.
   */
  async handOver(stores: readonly StoreName[], work: (transaction: IDBTransaction) => void): Promise<void> {
    await this.#run(stores, 'readwrite', (transaction) => {
      work(transaction);
      transaction.commit();
      return { value: undefined };
    });
  }

  async read<T>(stores: readonly StoreName[], work: (transaction: IDBTransaction) => Result<T>): Promise<T> {
    return this.#run(stores, 'readonly', work);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening)?.close();
  }

  async #run<T>(stores: readonly StoreName[], mode: IDBTransactionMode, work: (transaction: IDBTransaction) => Result<T>): Promise<T> {
    const database = this.#opened ?? (await this.#open());
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction([...stores], mode, { durability: 'strict' });
      let result: Result<T> | undefined;
      transaction.oncomplete = () => resolve((result as Result<T>).value);
      transaction.onabort = () => reject(transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
      try {
        result = work(transaction);
      } catch (error) {
        transaction.abort();
        reject(error);
      }
    });
  }

  /** Set while open: a page that is going away has no time for another turn of the event loop. */
  #opened: IDBDatabase | undefined;

  async #open(): Promise<IDBDatabase> {
    this.#opening ??= openDatabase(() => {
      this.#opening = undefined;
      this.#opened = undefined;
    });
    try {
      const database = await this.#opening;
      if (this.#opening !== undefined) this.#opened = database;
      return database;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

/** A result that may still change until the transaction is complete. */
export interface Result<T> {
  value: T;
}

/** One sentence for a person about a write that failed. */
export function storageFailure(error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') return 'This device has no room left for the offline copy; free some space.';
  if (name === 'SecurityError' || name === 'InvalidStateError' || name === 'NotFoundError')
    return 'This browser does not let the app keep a copy on this device; leave private browsing.';
  return 'This device cannot keep the offline copy; save a copy of the text as a file.';
}

function openDatabase(onGone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    if (typeof indexedDB === 'undefined') {
      reject(new DOMException('there is no IndexedDB', 'NotFoundError'));
      return;
    }
    const request = indexedDB.open(DATABASE_NAME, VERSION);
    request.onupgradeneeded = () => {
      const { objectStoreNames } = request.result;
      for (const name of Object.values(STORES)) if (!objectStoreNames.contains(name)) request.result.createObjectStore(name);
    };
    request.onerror = () => reject(request.error ?? new Error('the database does not open'));
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = onGone;
      database.onversionchange = () => {
        database.close();
        onGone();
      };
      resolve(database);
    };
  });
}
