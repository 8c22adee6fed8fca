import { type Observable, ObservableValue } from '../../shared/observable';
import { type Database, type Result, STORES, storageFailure } from './database';
import type { KeptText } from './offline-copy';
import { hearOtherWindows, tellOtherWindows } from './other-windows';

/** The texts of documents that had to be replaced. They are written by the offline copy, in one step with replacing. */
export interface KeptTexts {
  /** Newest first. */
  readonly list: Observable<readonly KeptText[]>;
  /** Keeps one that no offline copy could keep. */
  keep(text: KeptText): Promise<void>;
  /** The person does not need it any more. */
  letGo(id: string): Promise<void>;
  /** Reads the list again. */
  load(): Promise<void>;
}

export class IndexedKeptTexts implements KeptTexts {
  readonly #database: Database;
  readonly #list = new ObservableValue<readonly KeptText[]>([]);

  constructor(database: Database) {
    this.#database = database;
    hearOtherWindows('kept', () => void this.load());
  }

  get list(): Observable<readonly KeptText[]> {
    return this.#list;
  }

  async keep(text: KeptText): Promise<void> {
    await this.#change((store) => store.put(text, text.id));
  }

  async letGo(id: string): Promise<void> {
    await this.#change((store) => store.delete(id));
  }

  async load(): Promise<void> {
    try {
      const texts = await this.#database.read([STORES.kept], (transaction) => {
        const result: Result<KeptText[]> = { value: [] };
        const reading: IDBRequest<KeptText[]> = transaction.objectStore(STORES.kept).getAll();
        reading.onsuccess = () => {
          result.value = reading.result;
        };
        return result;
      });
      this.#list.set(texts.sort((a, b) => b.keptAt - a.keptAt));
    } catch (error) {
      console.warn('Kept texts cannot be read.', storageFailure(error), error);
    }
  }

  async #change(work: (store: IDBObjectStore) => void): Promise<void> {
    await this.#database.write([STORES.kept], (transaction) => {
      work(transaction.objectStore(STORES.kept));
      return { value: undefined };
    });
    tellOtherWindows('kept');
    await this.load();
  }
}
