import type { DocumentStore, DocumentSummary, StoredDocument } from '../../server/rooms/ports';
import { MemoryStore } from '../../server/storage/memory-store';
import type { DocumentId } from '../../src/shared/protocol/routes';

/** How an append ends: a store that says it failed may have written all of it (contract R3). */
export type Outcome = 'works' | 'fails' | 'fails after writing';

interface Waiting {
  finish(outcome: Outcome): void;
  crash(written: boolean): void;
}

/** What is on a disk: it outlives the relays that use it. */
export type Disk = MemoryStore;

/**
 * A store that counts as durable, whose every write waits until a test lets it end, well or badly. After `crash` it never
 * answers again, like a process that is gone.
 */
export class UnsteadyStore implements DocumentStore {
  readonly durable: boolean;
  readonly #disk: Disk;
  #waiting: Waiting[] = [];
  #crashed = false;
  /** Writes end at once, and well. */
  steady = false;
  appends = 0;
  replacements = 0;

  constructor(disk: Disk = new MemoryStore(), { durable = true } = {}) {
    this.#disk = disk;
    this.durable = durable;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  load(document: DocumentId): Promise<StoredDocument | undefined> {
    return this.#disk.load(document);
  }

  append(document: DocumentId, first: number, updates: readonly Uint8Array[]): Promise<void> {
    this.appends++;
    return this.#write(() => this.#disk.append(document, first, updates));
  }

  remove(document: DocumentId): Promise<void> {
    return this.#write(() => this.#disk.remove(document));
  }

  replaceUpTo(document: DocumentId, upTo: number, snapshot: Uint8Array): Promise<void> {
    this.replacements++;
    return this.#write(() => this.#disk.replaceUpTo(document, upTo, snapshot));
  }

  list(): AsyncIterable<DocumentSummary> {
    return this.#disk.list();
  }

  async check(): Promise<void> {
    if (this.#crashed) throw new Error('crashed');
  }

  async close(): Promise<void> {
    this.steadyFromNow();
  }

  /** Ends the write that waits at `index`. */
  finish(outcome: Outcome, index = 0): void {
    this.#waiting.splice(index, 1)[0]?.finish(outcome);
  }

  steadyFromNow(): void {
    this.steady = true;
    for (const write of this.#waiting.splice(0)) write.finish('works');
  }

  /** What was under way is on the disk or not; nobody hears of it. */
  crash(isWritten: () => boolean): void {
    this.#crashed = true;
    for (const write of this.#waiting.splice(0)) write.crash(isWritten());
  }

  #write(write: () => Promise<void>): Promise<void> {
    if (this.#crashed) return new Promise(() => undefined);
    if (this.steady) return write();
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        finish(outcome) {
          const written = outcome === 'fails' ? Promise.resolve() : write();
          written.then(() => (outcome === 'works' ? resolve() : reject(new Error('no space left'))), reject);
        },
        crash(isWritten) {
          if (isWritten) void write();
        },
      });
    });
  }
}
