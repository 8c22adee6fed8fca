import * as Y from 'yjs';
import type { DeviceStorage } from '../../src/renderer/documents/device-storage';
import {
  type CopyHealth,
  type CopyKey,
  type FoundCopy,
  type KeptText,
  NOTHING_FOUND,
  type OfflineCopies,
  type OfflineCopy,
} from '../../src/renderer/documents/offline-copy';
import { ObservableValue } from '../../src/shared/observable';
import { MemoryKeyring } from './memory-keyring';

/** What a device keeps, in memory: outlives sessions as a disk outlives restarts. One window at a time. */
export class MemoryStorage implements Pick<DeviceStorage, 'copies' | 'kept' | 'relays' | 'keyring'> {
  readonly found = new Map<string, FoundCopy>();
  readonly known = new Map<string, string>();
  readonly keyring = new MemoryKeyring((origin) => this.known.get(origin));
  readonly #open = new Set<MemoryCopy>();
  readonly keptTexts = new ObservableValue<readonly KeptText[]>([]);

  readonly copies: OfflineCopies = {
    open: async (key) => this.#opened(key),
    move: async (copy, to) => {
      const moved = this.found.get(nameOf(copy.key)) ?? NOTHING_FOUND;
      const there = this.found.get(nameOf(to)) ?? NOTHING_FOUND;
      const updates = [moved.update, there.update].filter((update) => update !== undefined);
      this.found.set(nameOf(to), {
        ...moved,
        complete: moved.complete || there.complete,
        everSaved: moved.everSaved || there.everSaved,
        update: updates.length === 0 ? undefined : Y.mergeUpdates(updates),
        unsavedSince: moved.unsavedSince ?? there.unsavedSince,
      });
      this.found.delete(nameOf(copy.key));
      await copy.close();
      return this.#opened(to);
    },
    forget: async (key) => void this.found.delete(nameOf(key)),
  };

  readonly relays = {
    idAt: async (origin: string) => this.known.get(origin),
    remember: async (origin: string, relayId: string) => void this.known.set(origin, relayId),
  };

  readonly kept = {
    list: this.keptTexts,
    keep: async (text: KeptText) => this.keptTexts.set([text, ...this.keptTexts.current]),
    letGo: async (id: string) => this.keptTexts.set(this.keptTexts.current.filter((text) => text.id !== id)),
    load: async () => undefined,
  };

  get openCopies(): number {
    return this.#open.size;
  }

  /** What a copy finds at its next write after another window replaced the document. */
  outdate(key: CopyKey): void {
    for (const copy of this.#open) if (nameOf(copy.key) === nameOf(key)) copy.health.set({ state: 'outdated' });
  }

  #opened(key: CopyKey): MemoryCopy {
    const copy = new MemoryCopy(this, key, () => this.#open.delete(copy));
    this.#open.add(copy);
    return copy;
  }

  /** The text that a copy holds; `undefined` without one. */
  textOf(key: CopyKey): string | undefined {
    const update = this.found.get(nameOf(key))?.update;
    if (update === undefined) return undefined;
    const doc = new Y.Doc();
    Y.applyUpdate(doc, update);
    return doc.getText('content').toString();
  }
}

class MemoryCopy implements OfflineCopy {
  readonly health = new ObservableValue<CopyHealth>({ state: 'working' });
  readonly key: CopyKey;
  readonly found: FoundCopy;
  readonly #storage: MemoryStorage;

  readonly #onClosed: () => void;
  #isClosed = false;

  constructor(storage: MemoryStorage, key: CopyKey, onClosed: () => void) {
    this.#storage = storage;
    this.#onClosed = onClosed;
    this.key = key;
    this.found = storage.found.get(nameOf(key)) ?? NOTHING_FOUND;
  }

  append(update: Uint8Array, unsavedSince: number | undefined): void {
    const { update: before, unsavedSince: since } = this.#now();
    this.#change({ update: before === undefined ? update : Y.mergeUpdates([before, update]), unsavedSince: unsavedSince ?? since });
  }

  markComplete(): void {
    this.#change({ complete: true });
  }

  markSaved(): void {
    this.#change({ unsavedSince: undefined, everSaved: true });
  }

  async replace(update: Uint8Array, keptText: KeptText | undefined): Promise<void> {
    this.health.set({ state: 'working' });
    this.#storage.found.set(nameOf(this.key), { update, complete: true, unsavedSince: undefined, everSaved: false, keptText });
  }

  async flush(): Promise<void> {
    return await Promise.resolve();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#onClosed();
    return await Promise.resolve();
  }

  #now(): FoundCopy {
    return this.#storage.found.get(nameOf(this.key)) ?? NOTHING_FOUND;
  }

  #change(change: Partial<FoundCopy>): void {
    if (!this.#isClosed && this.health.current.state === 'working')
      this.#storage.found.set(nameOf(this.key), { ...this.#now(), ...change });
  }
}

function nameOf({ relay, document }: CopyKey): string {
  return JSON.stringify([relay, document]);
}
