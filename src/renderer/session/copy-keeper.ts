import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { DeviceStorage } from '../documents/device-storage';
import type { CopyHealth, CopyKey, FoundCopy, KeptText, OfflineCopies, OfflineCopy } from '../documents/offline-copy';

/** The copy of a document, and the relay that it is known to belong to. */
export interface FoundDocument {
  readonly keeper: CopyKeeper;
  readonly relayId: string | undefined;
}

/** Finds the offline copy of a document, or makes one. */
export async function findDocument(
  { relay, document }: DocumentAddress,
  storage: Pick<DeviceStorage, 'copies' | 'relays'>,
): Promise<FoundDocument> {
  const relayId = await storage.relays.idAt(relay);
  const early = await CopyKeeper.open(storage.copies, { relay, document });
  if (relayId === undefined) return { relayId, keeper: early };
  if (early.found.update !== undefined) {
    // It began before its relay was ever reached, and another document met the relay first.
    await early.moveTo(relayId);
    return { relayId, keeper: early };
  }
  await early.close();
  return { relayId, keeper: await CopyKeeper.open(storage.copies, { relay: relayId, document }) };
}

/**
 * The offline copy of one session through its changes: under which relay it lies, and which replica it holds. What is
 * given while it changes is held back and then written, so that nothing falls between two copies.
 */
export class CopyKeeper {
  readonly #copies: OfflineCopies;
  readonly #health = new ObservableValue<CopyHealth>({ state: 'working' });
  #copy: OfflineCopy;
  #unsubscribe: () => void = () => undefined;
  #held: ((copy: OfflineCopy) => void)[] | undefined;
  /** Resolves when the change that is under way is over, well or not. */
  #changing: Promise<void> | undefined;
  /** Whether the copy says already that everything is saved. */
  #isMarkedSaved = false;

  static async open(copies: OfflineCopies, key: CopyKey): Promise<CopyKeeper> {
    return new CopyKeeper(copies, await copies.open(key));
  }

  private constructor(copies: OfflineCopies, copy: OfflineCopy) {
    this.#copies = copies;
    this.#copy = copy;
    this.#adopt(copy);
  }

  get key(): CopyKey {
    return this.#copy.key;
  }

  get found(): FoundCopy {
    return this.#copy.found;
  }

  get health(): Observable<CopyHealth> {
    return this.#health;
  }

  append(update: Uint8Array, unsavedSince: number | undefined): void {
    if (unsavedSince !== undefined) {
      this.#isMarkedSaved = false;
      // What is held back is written nowhere yet.
      if (this.#held !== undefined && this.#health.current.state === 'working') this.#health.set({ state: 'writing' });
    }
    this.#give((copy) => copy.append(update, unsavedSince));
  }

  markComplete(): void {
    this.#give((copy) => copy.markComplete());
  }

  markSaved(): void {
    if (this.#isMarkedSaved) return;
    this.#isMarkedSaved = true;
    this.#give((copy) => copy.markSaved());
  }

  /** The relay's id became known: the copy lay under the origin until now. Resolves with what was there already. */
  async moveTo(relay: string): Promise<FoundCopy> {
    await this.#change(async () => await this.#copies.move(this.#copy, { relay, document: this.#copy.key.document }));
    return this.found;
  }

  /**
   * One step; what the document takes from then on belongs to the new one. Rejects when it cannot be kept.
   *
   * @param encode the whole of the new document at the time when it is asked.
   */
  async replace(encode: () => Uint8Array, kept: KeptText | undefined): Promise<void> {
    this.#isMarkedSaved = false;
    await this.#change(async () => {
      await this.#copy.replace(encode(), kept);
      return this.#copy;
    });
  }

  /** Begins to write before it returns, unless the copy is just changing: then what was held is written after that. */
  async close(): Promise<void> {
    if (this.#changing !== undefined) await this.#changing;
    this.#unsubscribe();
    await this.#copy.close();
  }

  #give(action: (copy: OfflineCopy) => void): void {
    if (this.#held !== undefined) this.#held.push(action);
    else action(this.#copy);
  }

  /** One after the other. */
  async #change(work: () => Promise<OfflineCopy>): Promise<void> {
    const before = this.#changing;
    const change = this.#changeAfter(before, work);
    const settled = change.then(
      () => undefined,
      () => undefined,
    );
    this.#changing = settled;
    await change.finally(() => {
      if (this.#changing === settled) this.#changing = undefined;
    });
  }

  async #changeAfter(before: Promise<void> | undefined, work: () => Promise<OfflineCopy>): Promise<void> {
    await before;
    const held: ((copy: OfflineCopy) => void)[] = [];
    this.#held = held;
    try {
      const copy = await work();
      if (copy !== this.#copy) this.#adopt(copy);
    } finally {
      this.#held = undefined;
      for (const action of held) action(this.#copy);
    }
  }

  #adopt(copy: OfflineCopy): void {
    this.#unsubscribe();
    this.#copy = copy;
    this.#isMarkedSaved = copy.found.everSaved && copy.found.unsavedSince === undefined;
    this.#health.set(copy.health.current);
    this.#unsubscribe = copy.health.subscribe((health) => this.#health.set(health));
  }
}
