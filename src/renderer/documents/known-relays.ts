import { type Database, type Result, STORES, storageFailure } from './database';
import { KEY_STORES, moveKeys } from './indexed-keyring';

/** Which relay was last met at an address, so that offline copies are found without it. */
export interface KnownRelays {
  /** The id of the relay that last answered at this origin. */
  idAt(origin: string): Promise<string | undefined>;
  remember(origin: string, relayId: string): Promise<void>;
}

/** Rejects nowhere: without storage no relay is known, and the copies say what is wrong. */
export class IndexedKnownRelays implements KnownRelays {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async idAt(origin: string): Promise<string | undefined> {
    try {
      return await this.#database.read([STORES.relays], (transaction) => {
        const result: Result<string | undefined> = { value: undefined };
        const reading: IDBRequest<string | undefined> = transaction.objectStore(STORES.relays).get(origin);
        reading.onsuccess = () => {
          result.value = reading.result;
        };
        return result;
      });
    } catch (error) {
      console.warn('Known relays cannot be read.', storageFailure(error), error);
      return undefined;
    }
  }

  async remember(origin: string, relayId: string): Promise<void> {
    try {
      await this.#database.write(KEY_STORES, (transaction) => {
        const relays = transaction.objectStore(STORES.relays);
        const reading: IDBRequest<string | undefined> = relays.get(origin);
        reading.onsuccess = () => {
          if (reading.result === relayId) return;
          relays.put(relayId, origin);
          if (reading.result === undefined) moveKeys(transaction, origin, relayId);
        };
        return { value: undefined };
      });
    } catch (error) {
      console.warn('The relay cannot be remembered.', storageFailure(error), error);
    }
  }
}
