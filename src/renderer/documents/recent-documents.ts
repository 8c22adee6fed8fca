import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import { type Database, type Result, STORES, storageFailure } from './database';
import type { Keyring } from './keyring';
import type { OfflineCopies } from './offline-copy';
import { hearOtherWindows, tellOtherWindows } from './other-windows';

export interface RecentDocument {
  readonly address: DocumentAddress;
  /** The relay's id; its origin as long as it was never reached. */
  readonly relayId: string;
  readonly title: string;
  /** What it is called as long as nobody gave it a title: from its text. */
  readonly nameFromText?: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

/** The documents that were open on this device, last one first. */
export interface RecentDocuments {
  readonly list: Observable<readonly RecentDocument[]>;
  /** Adds it, or takes the place of what was known about this address. */
  remember(entry: RecentDocument): Promise<void>;
  /** The same relay answers at another origin: what was listed there is listed here. Copies and keys go by its id, and stay. */
  moveTo(place: { readonly relay: string; readonly relayId: string }, isMeant: (entry: RecentDocument) => boolean): Promise<void>;
  /** Takes it from the list and removes its offline copy and its key. Close it first. */
  forget(address: DocumentAddress): Promise<void>;
}

/** Kept: more are of no use in a list, and their copies stay on the device until they are forgotten. */
const MOST_RECENT = 500;

export class IndexedRecentDocuments implements RecentDocuments {
  readonly #database: Database;
  readonly #copies: OfflineCopies;
  readonly #keyring: Keyring;
  readonly #list = new ObservableValue<readonly RecentDocument[]>([]);

  constructor({ database, copies, keyring }: { database: Database; copies: OfflineCopies; keyring: Keyring }) {
    this.#database = database;
    this.#copies = copies;
    this.#keyring = keyring;
    hearOtherWindows('recent', () => void this.load());
  }

  get list(): Observable<readonly RecentDocument[]> {
    return this.#list;
  }

  async load(): Promise<void> {
    try {
      const entries = await this.#database.read([STORES.recent], (transaction) => {
        const result: Result<RecentDocument[]> = { value: [] };
        const reading: IDBRequest<RecentDocument[]> = transaction.objectStore(STORES.recent).getAll();
        reading.onsuccess = () => {
          result.value = reading.result;
        };
        return result;
      });
      this.#show(entries.map(withoutSecret));
      await this.#takeSecretsOut(entries);
    } catch (error) {
      console.warn('Recent documents cannot be read.', storageFailure(error), error);
    }
  }

  async remember(given: RecentDocument): Promise<void> {
    const entry = withoutSecret(given);
    this.#show([entry, ...this.#list.current.filter((other) => !isSame(other.address, entry.address))]);
    await this.#change((store) => store.put(entry, keyOf(entry.address)));
  }

  async moveTo(
    { relay, relayId }: { readonly relay: string; readonly relayId: string },
    isMeant: (entry: RecentDocument) => boolean,
  ): Promise<void> {
    const leaving = this.#list.current.filter((entry) => entry.address.relay !== relay && isMeant(entry));
    if (leaving.length === 0) return;
    const staying = this.#list.current.filter((entry) => !leaving.includes(entry));
    const coming = leaving
      .map((entry) => ({ ...entry, relayId, address: { ...entry.address, relay } }))
      // Who opened it there already has the newer one.
      .filter(({ address }, index, all) => ![...staying, ...all.slice(0, index)].some((entry) => isSame(entry.address, address)));
    this.#show([...staying, ...coming]);
    await this.#change((store) => {
      for (const { address } of leaving) store.delete(keyOf(address));
      for (const entry of coming) store.put(entry, keyOf(entry.address));
    });
  }

  async forget(address: DocumentAddress): Promise<void> {
    const known = this.#list.current.filter((entry) => isSame(entry.address, address));
    this.#show(this.#list.current.filter((entry) => !isSame(entry.address, address)));
    await this.#change((store) => store.delete(keyOf(address)));
    // Before the relay was reached, the copy lay under its origin.
    for (const relay of new Set([...known.map((entry) => entry.relayId), address.relay])) {
      await this.#copies.forget({ relay, document: address.document });
      await this.#keyring.forget({ relay, document: address.document });
    }
  }

  /** An earlier version listed addresses as they were opened. */
  async #takeSecretsOut(entries: readonly RecentDocument[]): Promise<void> {
    const telling = entries.filter(({ address }) => address.secret !== '');
    if (telling.length === 0) return;
    await this.#change((store) => {
      for (const entry of telling) store.put(withoutSecret(entry), keyOf(entry.address));
    });
  }

  #show(entries: readonly RecentDocument[]): void {
    this.#list.set([...entries].sort((a, b) => b.openedAt - a.openedAt).slice(0, MOST_RECENT));
  }

  async #change(work: (store: IDBObjectStore) => void): Promise<void> {
    try {
      await this.#database.write([STORES.recent], (transaction) => {
        work(transaction.objectStore(STORES.recent));
        return { value: undefined };
      });
      tellOtherWindows('recent');
    } catch (error) {
      console.warn('The list of documents cannot be kept.', storageFailure(error), error);
    }
  }
}

/** What lets this device into a document is in its keyring and nowhere else. */
function withoutSecret(entry: RecentDocument): RecentDocument {
  return { ...entry, address: { ...entry.address, secret: '' } };
}

function keyOf({ relay, document }: DocumentAddress): IDBValidKey {
  return [relay, document];
}

function isSame(a: DocumentAddress, b: DocumentAddress): boolean {
  return a.relay === b.relay && a.document === b.document;
}
