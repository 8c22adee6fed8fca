import { type Observable, ObservableValue } from '../../shared/observable';
import { afterFrame } from './after-frame';
import { BurstWriter } from './burst-writer';
import type { Clock } from './clock';
import {
  COPY_STORES,
  type CopyRecord,
  keyOf,
  type OpenedCopy,
  readUnseen,
  readUpdates,
  removeRecords,
  removeUnsaved,
  textOf,
  type UnsavedRecord,
} from './copy-records';
import { type Database, type Result, STORES, storageFailure } from './database';
import { type CopyHealth, type CopyKey, type FoundCopy, type KeptText, NOTHING_FOUND, type OfflineCopy } from './offline-copy';

type Entry =
  | { readonly type: 'update'; readonly update: Uint8Array; readonly unsavedSince: number | undefined }
  | { readonly type: 'complete' }
  | { readonly type: 'saved' };

/** Writes of one opening, after which closing tidies up. */
const TIDY_AFTER_WRITES = 20;

/** One open offline copy in IndexedDB. Rules: see offline-copy.ts. */
export class IndexedCopy implements OfflineCopy {
  readonly key: CopyKey;
  readonly found: FoundCopy;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #writer: string;
  readonly #bursts: BurstWriter<Entry>;
  readonly #health: ObservableValue<CopyHealth>;
  #usable: boolean;
  #generation: number;
  #unsaved: OpenedCopy['unsaved'];
  #number = 1;

  constructor(options: { database: Database; clock: Clock; key: CopyKey; writer: string; opened?: OpenedCopy; failure?: string }) {
    this.key = options.key;
    this.#database = options.database;
    this.#clock = options.clock;
    this.#writer = options.writer;
    this.found = options.opened?.found ?? NOTHING_FOUND;
    this.#generation = options.opened?.generation ?? 0;
    this.#unsaved = options.opened?.unsaved ?? [];
    this.#usable = options.opened !== undefined;
    this.#health = new ObservableValue<CopyHealth>(options.failure === undefined ? WORKING : { state: 'failing', reason: options.failure });
    this.#bursts = new BurstWriter<Entry>({
      write: (entries) => this.#write(entries),
      onOutcome: (failure) => this.#report(failure),
      clock: options.clock,
      // A key is seen first, and on its way to the disk a frame later; whoever leaves before that flushes.
      soon: afterFrame,
    });
  }

  get health(): Observable<CopyHealth> {
    return this.#health;
  }

  append(update: Uint8Array, unsavedSince: number | undefined): void {
    this.#add({ type: 'update', update, unsavedSince });
    if (unsavedSince !== undefined && this.#usable && this.#health.current === WORKING) this.#health.set(WRITING);
    askToStay();
  }

  markComplete(): void {
    this.#add({ type: 'complete' });
  }

  markSaved(): void {
    this.#add({ type: 'saved' });
  }

  async replace(update: Uint8Array, keptText: KeptText | undefined): Promise<void> {
    if (!this.#usable) return;
    // What is queued belongs to the old document: it is either in the kept text or at the relay.
    this.#bursts.stop();
    const mine = this.#generation;
    const number = this.#number++;
    this.#generation = await this.#database.write(COPY_STORES, (transaction) => {
      const result: Result<number> = { value: mine };
      const copies = transaction.objectStore(STORES.copies);
      const reading: IDBRequest<CopyRecord | undefined> = copies.get(keyOf(this.key));
      reading.onsuccess = () => {
        const current = reading.result?.generation ?? mine;
        // Another window replaced it already: both are filled from the relay, so they join.
        result.value = current === mine ? mine + 1 : current;
        const put = () => {
          copies.put({ generation: result.value, complete: true, everSaved: false } satisfies CopyRecord, keyOf(this.key));
          transaction.objectStore(STORES.updates).put(update, [...keyOf(this.key), result.value, this.#writer, number]);
          transaction.objectStore(STORES.unsaved).delete([...keyOf(this.key), this.#writer]);
        };
        if (current !== mine) {
          put();
          return;
        }
        readUnseen(transaction, this.key, { generation: mine, writer: this.#writer, seen: this.#unsaved }, (unseen) => {
          removeRecords(transaction, this.key);
          put();
          if (unseen === undefined || unseen.text === '') return;
          if ([keptText?.text, textOf(update).text].includes(unseen.text)) return;
          const id = `${this.#writer}-${number}`;
          const kept: KeptText = { ...unseen, id, document: this.key.document, keptAt: this.#clock.now() };
          transaction.objectStore(STORES.kept).put(kept, id);
        });
      };
      if (keptText !== undefined) transaction.objectStore(STORES.kept).put(keptText, keptText.id);
      return result;
    });
    this.#health.set(WORKING);
  }

  async flush(): Promise<void> {
    await this.#bursts.flush();
  }

  async close(): Promise<void> {
    try {
      await this.#bursts.flush();
      if (this.#usable && this.#number > TIDY_AFTER_WRITES) await this.#tidy();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#bursts.stop();
      this.#usable = false;
    }
  }

  #add(entry: Entry): void {
    if (this.#usable && this.#health.current.state !== 'outdated') this.#bursts.add(entry);
  }

  /** What was typed is handed over before anything is read, so that it is written even if this page ends now. */
  async #write(entries: readonly Entry[]): Promise<void> {
    const mine = this.#generation;
    await this.#database.handOver([STORES.updates, STORES.unsaved], (transaction) => {
      for (const entry of entries) this.#issue(transaction, entry);
    });
    // A replacement that began meanwhile has its own generation, and its own records of what is unsaved.
    if (mine !== this.#generation) return;
    const state = await this.#database.write(COPY_STORES, (transaction) => {
      if (entries.some((entry) => entry.type === 'saved')) this.#removeSeenUnsaved(transaction);
      const result: Result<'current' | 'outdated' | 'forgotten'> = { value: 'current' };
      const copies = transaction.objectStore(STORES.copies);
      const reading: IDBRequest<CopyRecord | undefined> = copies.get(keyOf(this.key));
      reading.onsuccess = () => {
        const record = reading.result;
        if (record === undefined) {
          result.value = 'forgotten';
          removeRecords(transaction, this.key);
        } else if (record.generation !== mine) {
          result.value = 'outdated';
        } else {
          const complete = record.complete || entries.some((entry) => entry.type === 'complete');
          const everSaved = record.everSaved || entries.some((entry) => entry.type === 'saved');
          const isNew = complete !== record.complete || everSaved !== record.everSaved;
          if (isNew) copies.put({ ...record, complete, everSaved } satisfies CopyRecord, keyOf(this.key));
        }
      };
      return result;
    });
    if (mine !== this.#generation) return;
    if (state === 'outdated') this.#health.set({ state: 'outdated' });
    if (state === 'forgotten') {
      this.#usable = false;
      this.#health.set({ state: 'failing', reason: 'This document was forgotten on this device; open it again to keep a copy.' });
    }
  }

  #issue(transaction: IDBTransaction, entry: Entry): void {
    const ownUnsaved = [...keyOf(this.key), this.#writer];
    switch (entry.type) {
      case 'update': {
        const number = this.#number++;
        transaction.objectStore(STORES.updates).put(entry.update, [...keyOf(this.key), this.#generation, this.#writer, number]);
        if (entry.unsavedSince !== undefined)
          transaction.objectStore(STORES.unsaved).put({ since: entry.unsavedSince, number } satisfies UnsavedRecord, ownUnsaved);
        return;
      }
      case 'saved':
        transaction.objectStore(STORES.unsaved).delete(ownUnsaved);
        return;
      case 'complete':
        return;
    }
  }

  /** What other windows had not seen saved when this one opened. */
  #removeSeenUnsaved(transaction: IDBTransaction): void {
    removeUnsaved(transaction, this.#unsaved);
    this.#unsaved = [];
  }

  async #tidy(): Promise<void> {
    await this.#database.write(COPY_STORES, (transaction) => {
      const reading: IDBRequest<CopyRecord | undefined> = transaction.objectStore(STORES.copies).get(keyOf(this.key));
      reading.onsuccess = () => {
        const record = reading.result;
        if (record !== undefined) readUpdates(transaction, this.key, record.generation, this.#writer, () => undefined);
      };
      return { value: undefined };
    });
  }

  #report(failure: unknown): void {
    if (!this.#usable || this.#health.current.state === 'outdated') return;
    if (failure !== undefined) this.#health.set({ state: 'failing', reason: storageFailure(failure) });
    else this.#health.set(this.#bursts.hasMore ? WRITING : WORKING);
  }
}

const WORKING: CopyHealth = { state: 'working' };
const WRITING: CopyHealth = { state: 'writing' };

let asked = false;

/** Once there is something to keep, asks the browser not to clear it when space gets short. It may say no. */
function askToStay(): void {
  if (asked) return;
  asked = true;
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  storage?.persist?.().catch((error: unknown) => console.info('The browser does not promise to keep the offline copy.', error));
}
