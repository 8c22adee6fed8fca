/**
 * The keyring in IndexedDB. Rules of its contents: see keyring.ts.
 *
 * `keys`         [relay, document] → Key
 * `link-secrets` [relay, document, link] → its secret
 * `relay-keys`   relay → its key
 *
 * R1  `relay` is the relay's id; an origin only as long as no relay was met there (known-relays.ts moves what it has then).
 * R2  Nothing is told about what went wrong but the sentence for a person: an error could quote what was to be written.
 */
import { keysBelow } from './copy-records';
import { type Database, type Result, STORES, storageFailure } from './database';
import type { Key, KeyPlace, Keyring } from './keyring';

/** The relays too: R1. */
export const KEY_STORES = [STORES.relays, STORES.keys, STORES.linkSecrets, STORES.relayKeys] as const;

export class IndexedKeyring implements Keyring {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(place: KeyPlace): Promise<Key | undefined> {
    return await this.#read<Key | undefined>(undefined, (transaction, result) => {
      atRelay(transaction, place.relay, (relay) => {
        const reading: IDBRequest<Key | undefined> = transaction.objectStore(STORES.keys).get([relay, place.document]);
        reading.onsuccess = () => {
          result.value = reading.result;
        };
      });
    });
  }

  async keep(place: KeyPlace, key: Key): Promise<void> {
    await this.#write((transaction) => {
      atRelay(transaction, place.relay, (relay) => transaction.objectStore(STORES.keys).put(key, [relay, place.document]));
      return { value: undefined };
    });
  }

  async keepFirst(place: KeyPlace, key: Key): Promise<Key> {
    return await this.#write((transaction) => {
      const result: Result<Key> = { value: key };
      atRelay(transaction, place.relay, (relay) => {
        const store = transaction.objectStore(STORES.keys);
        const reading: IDBRequest<Key | undefined> = store.get([relay, place.document]);
        reading.onsuccess = () => {
          if (reading.result === undefined) store.put(key, [relay, place.document]);
          else result.value = reading.result;
        };
      });
      return result;
    });
  }

  async noteRefused(place: KeyPlace, secret: string): Promise<void> {
    await this.#write((transaction) => {
      atRelay(transaction, place.relay, (relay) => {
        const store = transaction.objectStore(STORES.keys);
        const reading: IDBRequest<Key | undefined> = store.get([relay, place.document]);
        reading.onsuccess = () => {
          if (reading.result?.secret === secret) store.put({ ...reading.result, isRefused: true } satisfies Key, [relay, place.document]);
        };
      });
      return { value: undefined };
    });
  }

  async forget(place: KeyPlace): Promise<void> {
    await this.#write((transaction) => {
      atRelay(transaction, place.relay, (relay) => {
        transaction.objectStore(STORES.keys).delete([relay, place.document]);
        transaction.objectStore(STORES.linkSecrets).delete(keysBelow([relay, place.document]));
      });
      return { value: undefined };
    });
  }

  async linkSecrets(place: KeyPlace): Promise<ReadonlyMap<string, string>> {
    return await this.#read<ReadonlyMap<string, string>>(new Map(), (transaction, result) => {
      atRelay(transaction, place.relay, (relay) => {
        const below = keysBelow([relay, place.document]);
        const links = transaction.objectStore(STORES.linkSecrets).getAllKeys(below);
        const secrets: IDBRequest<string[]> = transaction.objectStore(STORES.linkSecrets).getAll(below);
        secrets.onsuccess = () => {
          result.value = new Map(secrets.result.map((secret, index) => [(links.result[index] as string[])[2] ?? '', secret]));
        };
      });
    });
  }

  async keepLinkSecret(place: KeyPlace, link: string, secret: string): Promise<void> {
    await this.#write((transaction) => {
      atRelay(transaction, place.relay, (relay) => transaction.objectStore(STORES.linkSecrets).put(secret, [relay, place.document, link]));
      return { value: undefined };
    });
  }

  async relayKey(relay: string): Promise<string | undefined> {
    return await this.#read<string | undefined>(undefined, (transaction, result) => {
      atRelay(transaction, relay, (id) => {
        const reading: IDBRequest<string | undefined> = transaction.objectStore(STORES.relayKeys).get(id);
        reading.onsuccess = () => {
          result.value = reading.result;
        };
      });
    });
  }

  async keepRelayKey(relay: string, key: string): Promise<void> {
    await this.#write((transaction) => {
      atRelay(transaction, relay, (id) => transaction.objectStore(STORES.relayKeys).put(key, id));
      return { value: undefined };
    });
  }

  async #read<T>(nothing: T, work: (transaction: IDBTransaction, result: Result<T>) => void): Promise<T> {
    try {
      return await this.#database.read(KEY_STORES, (transaction) => {
        const result: Result<T> = { value: nothing };
        work(transaction, result);
        return result;
      });
    } catch (error) {
      console.warn('Keys cannot be read.', storageFailure(error));
      return nothing;
    }
  }

  async #write<T>(work: (transaction: IDBTransaction) => Result<T>): Promise<T> {
    try {
      return await this.#database.write(KEY_STORES, work);
    } catch (error) {
      throw new KeyNotKept(storageFailure(error));
    }
  }
}

/** The message is one sentence for a person (R2). */
export class KeyNotKept extends Error {
  override readonly name = 'KeyNotKept';
}

/** @param then called with the id of the relay that was met at this origin; with what was given when it is none. */
function atRelay(transaction: IDBTransaction, relay: string, then: (relay: string) => void): void {
  const reading: IDBRequest<string | undefined> = transaction.objectStore(STORES.relays).get(relay);
  reading.onsuccess = () => then(reading.result ?? relay);
}

/** A relay was met at an origin for the first time: what was kept for the origin is its own (R1). What it has already stays. */
export function moveKeys(transaction: IDBTransaction, origin: string, relayId: string): void {
  for (const name of [STORES.keys, STORES.linkSecrets, STORES.relayKeys]) {
    const store = transaction.objectStore(name);
    const range = name === STORES.relayKeys ? IDBKeyRange.only(origin) : keysBelow([origin]);
    const keys = store.getAllKeys(range);
    const values: IDBRequest<unknown[]> = store.getAll(range);
    values.onsuccess = () => {
      store.delete(range);
      keys.result.forEach((key, index) => {
        const moved = Array.isArray(key) ? [relayId, ...key.slice(1)] : relayId;
        const reading = store.count(moved);
        reading.onsuccess = () => {
          if (reading.result === 0) store.put(values.result[index], moved);
        };
      });
    };
  }
}
