/**
 * How an offline copy lies in the database.
 *
 * `copies`  [relay, document] → CopyRecord: the generation that counts.
 * `updates` [relay, document, generation, writer, number] → bytes. Each open copy writes under a writer id of its own,
 *           so a write needs no read before it and two windows never meet. Other generations than the record's are
 *           what windows wrote that had not heard of a replacement: never read, removed at the next opening.
 * `unsaved` [relay, document, writer] → UnsavedRecord: what a window, open or gone, had not seen saved.
 */
import * as Y from 'yjs';
import { type Result, STORES } from './database';
import { type CopyKey, type FoundCopy, type KeptText, NOTHING_FOUND } from './offline-copy';

export interface CopyRecord {
  readonly generation: number;
  readonly complete: boolean;
  readonly everSaved: boolean;
}

export interface UnsavedRecord {
  readonly since: number;
  /** Rises with each write: another window removes a record only while it is the one that it has loaded. */
  readonly number: number;
}

export interface OpenedCopy {
  readonly found: FoundCopy;
  readonly generation: number;
  readonly unsaved: readonly { readonly key: IDBValidKey; readonly number: number }[];
}

export const COPY_STORES = [STORES.copies, STORES.updates, STORES.unsaved, STORES.kept] as const;

export function keyOf({ relay, document }: CopyKey): IDBValidKey[] {
  return [relay, document];
}

/** Every key that begins with these parts: arrays sort after numbers and strings. */
export function keysBelow(parts: IDBValidKey[]): IDBKeyRange {
  return IDBKeyRange.bound(parts, [...parts, []]);
}

/** Reads a copy and leaves it as one update; makes its record when there is none. */
export function openRecords(transaction: IDBTransaction, key: CopyKey, writer: string): Result<OpenedCopy> {
  const result: Result<OpenedCopy> = { value: { found: NOTHING_FOUND, generation: 0, unsaved: [] } };
  const change = (found: Partial<FoundCopy>, more: Partial<OpenedCopy> = {}) => {
    result.value = { ...result.value, ...more, found: { ...result.value.found, ...found } };
  };
  const copies = transaction.objectStore(STORES.copies);
  const reading: IDBRequest<CopyRecord | undefined> = copies.get(keyOf(key));
  reading.onsuccess = () => {
    const record = reading.result ?? { generation: 0, complete: false, everSaved: false };
    if (reading.result === undefined) copies.put(record, keyOf(key));
    change({ complete: record.complete, everSaved: record.everSaved }, { generation: record.generation });
    readUpdates(transaction, key, record.generation, writer, (update) => change({ update }));
  };
  readUnsaved(transaction, key, (since, unsaved) => change({ unsavedSince: since }, { unsaved }));
  const kept: IDBRequest<KeptText[]> = transaction.objectStore(STORES.kept).getAll();
  kept.onsuccess = () => {
    const newest = kept.result.filter((text) => text.document === key.document).sort((a, b) => b.keptAt - a.keptAt)[0];
    change({ keptText: newest });
  };
  return result;
}

/** Makes one update of all that are there. In one transaction, so that a window that writes meanwhile loses nothing. */
export function readUpdates(
  transaction: IDBTransaction,
  key: CopyKey,
  generation: number,
  writer: string,
  then: (update: Uint8Array | undefined) => void,
): void {
  const store = transaction.objectStore(STORES.updates);
  const all = keysBelow(keyOf(key));
  const keys = store.getAllKeys(all);
  const values: IDBRequest<Uint8Array[]> = store.getAll(all);
  values.onsuccess = () => {
    const current = values.result.filter((_, index) => (keys.result[index] as IDBValidKey[])[2] === generation);
    const update = current.length > 1 ? mergeIntoOne(current) : current[0];
    then(update);
    if (keys.result.length === 0 || (keys.result.length === 1 && current.length === 1)) return;
    store.delete(all);
    if (update !== undefined) store.put(update, [...keyOf(key), generation, writer, 0]);
  };
}

/** Through a document, not by merging bytes: that is quadratic for many, and keeps what was deleted. */
function mergeIntoOne(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc({ gc: true });
  // The roots must be texts before anything arrives, else deleted text becomes GC structs, which a relay refuses.
  doc.getText('content');
  doc.getText('title');
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  const whole = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return whole;
}

function readUnsaved(
  transaction: IDBTransaction,
  key: CopyKey,
  then: (since: number | undefined, unsaved: OpenedCopy['unsaved']) => void,
): void {
  const store = transaction.objectStore(STORES.unsaved);
  const all = keysBelow(keyOf(key));
  const keys = store.getAllKeys(all);
  const values: IDBRequest<UnsavedRecord[]> = store.getAll(all);
  values.onsuccess = () => {
    const records = values.result;
    const since = records.length === 0 ? undefined : Math.min(...records.map((record) => record.since));
    then(
      since,
      keys.result.map((at, index) => ({ key: at, number: records[index]?.number ?? 0 })),
    );
  };
}

/**
 * What all windows have on this device of a document, if one of them has typed something since `seen` was read that no relay has
 * saved: whoever replaces the document for all has never had it.
 */
export function readUnseen(
  transaction: IDBTransaction,
  key: CopyKey,
  { generation, writer, seen }: { readonly generation: number; readonly writer: string; readonly seen: OpenedCopy['unsaved'] },
  then: (text: Pick<KeptText, 'title' | 'text'> | undefined) => void,
): void {
  readUnsaved(transaction, key, (_since, unsaved) => {
    const isNew = unsaved.some(
      (record) =>
        (record.key as IDBValidKey[])[2] !== writer &&
        !seen.some(({ key, number }) => number === record.number && indexedDB.cmp(key, record.key) === 0),
    );
    if (!isNew) {
      then(undefined);
      return;
    }
    const updates: IDBRequest<Uint8Array[]> = transaction.objectStore(STORES.updates).getAll(keysBelow([...keyOf(key), generation]));
    updates.onsuccess = () => then(textOf(...updates.result));
  });
}

export function textOf(...updates: readonly Uint8Array[]): Pick<KeptText, 'title' | 'text'> {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  const text = { title: doc.getText('title').toString(), text: doc.getText('content').toString() };
  doc.destroy();
  return text;
}

/** Removes unsaved records that are still the ones given. */
export function removeUnsaved(transaction: IDBTransaction, unsaved: OpenedCopy['unsaved']): void {
  const store = transaction.objectStore(STORES.unsaved);
  for (const { key, number } of unsaved) {
    const reading: IDBRequest<UnsavedRecord | undefined> = store.get(key);
    reading.onsuccess = () => {
      if (reading.result?.number === number) store.delete(key);
    };
  }
}

export function removeRecords(transaction: IDBTransaction, key: CopyKey): void {
  transaction.objectStore(STORES.copies).delete(keyOf(key));
  transaction.objectStore(STORES.updates).delete(keysBelow(keyOf(key)));
  transaction.objectStore(STORES.unsaved).delete(keysBelow(keyOf(key)));
}

/** Puts every record of one copy under another key; what is there already stays and is joined. */
export function moveRecords(transaction: IDBTransaction, from: CopyKey, to: CopyKey): void {
  const copies = transaction.objectStore(STORES.copies);
  const source: IDBRequest<CopyRecord | undefined> = copies.get(keyOf(from));
  const target: IDBRequest<CopyRecord | undefined> = copies.get(keyOf(to));
  target.onsuccess = () => {
    const generation = target.result?.generation ?? 0;
    const complete = (source.result?.complete ?? false) || (target.result?.complete ?? false);
    const everSaved = (source.result?.everSaved ?? false) || (target.result?.everSaved ?? false);
    copies.put({ generation, complete, everSaved } satisfies CopyRecord, keyOf(to));
    rekey(transaction, STORES.updates, from, (rest) =>
      rest[0] === (source.result?.generation ?? 0) ? [...keyOf(to), generation, ...rest.slice(1)] : undefined,
    );
    rekey(transaction, STORES.unsaved, from, (rest) => [...keyOf(to), ...rest]);
    copies.delete(keyOf(from));
  };
}

function rekey(
  transaction: IDBTransaction,
  name: 'updates' | 'unsaved',
  from: CopyKey,
  toKey: (rest: IDBValidKey[]) => IDBValidKey[] | undefined,
): void {
  const store = transaction.objectStore(name);
  const all = keysBelow(keyOf(from));
  const keys = store.getAllKeys(all);
  const values: IDBRequest<unknown[]> = store.getAll(all);
  values.onsuccess = () => {
    store.delete(all);
    keys.result.forEach((key, index) => {
      const moved = toKey((key as IDBValidKey[]).slice(2));
      if (moved !== undefined) store.put(values.result[index], moved);
    });
  };
}
