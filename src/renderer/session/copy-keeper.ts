import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentId } from '../../shared/protocol/routes';
import type { CopyHealth, FoundCopy, KeptText, OfflineCopies, OfflineCopy } from '../documents/offline-copy';

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

  static async open(copies: OfflineCopies, key: { relay: string; document: DocumentId }): Promise<CopyKeeper> {
    return new CopyKeeper(copies, await copies.open(key));
  }

  private constructor(copies: OfflineCopies, copy: OfflineCopy) {
    this.#copies = copies;
    this.#copy = copy;
    this.#adopt(copy);
  }

  get found(): FoundCopy {
    return this.#copy.found;
  }

  get health(): Observable<CopyHealth> {
    return this.#health;
  }

  append(update: Uint8Array, unsavedSince: number | undefined): void {
    this.#give((copy) => copy.append(update, unsavedSince));
  }

  markComplete(): void {
    this.#give((copy) => copy.markComplete());
  }

  markSaved(): void {
    this.#give((copy) => copy.markSaved());
  }

  /** The relay's id became known: the copy lay under the origin until now. Resolves with what was there already. */
  async moveTo(relay: string): Promise<FoundCopy> {
    await this.#change(async () => await this.#copies.move(this.#copy, { relay, document: this.#copy.key.document }));
    return this.found;
  }

  /** One step; what the document takes from now on belongs to the new one. Rejects when it cannot be kept. */
  async replace(update: Uint8Array, kept: KeptText | undefined): Promise<void> {
    await this.#change(async () => {
      await this.#copy.replace(update, kept);
      return this.#copy;
    });
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#copy.close();
  }

  #give(action: (copy: OfflineCopy) => void): void {
    if (this.#held !== undefined) this.#held.push(action);
    else action(this.#copy);
  }

  async #change(work: () => Promise<OfflineCopy>): Promise<void> {
    this.#held = [];
    try {
      const copy = await work();
      if (copy !== this.#copy) this.#adopt(copy);
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const action of held) action(this.#copy);
    }
  }

  #adopt(copy: OfflineCopy): void {
    this.#unsubscribe();
    this.#copy = copy;
    this.#health.set(copy.health.current);
    this.#unsubscribe = copy.health.subscribe((health) => this.#health.set(health));
  }
}
