/** Keeps documents as long as the process lives: for trying things out, and for tests. Nothing in it is ever *saved*. */

import type { DocumentId } from '../../src/shared/protocol/routes';
import type { DocumentStore, DocumentSummary, StoredDocument } from '../rooms/ports';
import { type DocumentHead, NOTHING_STORED, planAppend, planSnapshot, WrongNumber } from './document-head';

interface Kept {
  readonly head: DocumentHead;
  readonly snapshot: Uint8Array | undefined;
  /** Updates number `head.snapshotUpTo + 1`, … */
  readonly tail: Uint8Array[];
}

/** A {@link DocumentStore} without a disk. */
export class MemoryStore implements DocumentStore {
  readonly durable = false;
  readonly #documents = new Map<DocumentId, Kept>();

  async load(document: DocumentId): Promise<StoredDocument | undefined> {
    const kept = this.#documents.get(document);
    return kept && { snapshot: kept.snapshot, snapshotUpTo: kept.head.snapshotUpTo, tail: [...kept.tail] };
  }

  async append(document: DocumentId, first: number, updates: readonly Uint8Array[]): Promise<void> {
    const { head, tail, snapshot } = this.#documents.get(document) ?? { head: NOTHING_STORED, tail: [], snapshot: undefined };
    const plan = planAppend(head, first, updates);
    const known = plan.inSnapshot + plan.inTail;
    for (let index = plan.inSnapshot; index < known; index++) {
      const stored = tail[first + index - head.snapshotUpTo - 1];
      if (stored === undefined || Buffer.compare(stored, updates[index] ?? stored) !== 0) {
        throw new WrongNumber(`Number ${first + index} stands for another update.`);
      }
    }
    if (plan.head.last === 0) return;
    // Copies: callers hand over views of what a socket received, and go on using the memory around them.
    for (const update of updates.slice(known)) tail.push(new Uint8Array(update));
    this.#documents.set(document, { head: plan.head, tail, snapshot });
  }

  async replaceUpTo(document: DocumentId, upTo: number, snapshot: Uint8Array): Promise<void> {
    const { head, tail } = this.#documents.get(document) ?? { head: NOTHING_STORED, tail: [] };
    const left = tail.slice(Math.max(upTo - head.snapshotUpTo, 0));
    const tailBytes = left.reduce((sum, update) => sum + update.length, 0);
    const planned = planSnapshot(head, upTo, snapshot.length, tailBytes);
    this.#documents.set(document, { head: planned, tail: left, snapshot: new Uint8Array(snapshot) });
  }

  async remove(document: DocumentId): Promise<void> {
    this.#documents.delete(document);
  }

  async *list(): AsyncIterable<DocumentSummary> {
    for (const [document, { head, tail }] of this.#documents) {
      yield { document, snapshotBytes: head.snapshotBytes, tailBytes: head.tailBytes, tailCount: tail.length };
    }
  }

  async check(): Promise<void> {
    // Memory that cannot be had ends the process; there is nothing to find out.
  }

  async close(): Promise<void> {
    this.#documents.clear();
  }
}
