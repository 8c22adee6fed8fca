/**
 * The heads of the documents that were written to last. A commit has to know them, and reading them from the files first
 * makes two trips to LevelDB's threads of one.
 *
 * R1  A head is known only as long as it is what the files say: whoever is about to change them otherwise, or does not know
 *     how a write ended, forgets it first.
 * R2  No more than {@link MOST} are known; those that were written to longest ago are forgotten.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { DocumentHead } from './document-head';

/** About 200 bytes each. */
const MOST = 10_000;

export class KnownHeads {
  readonly #heads = new Map<DocumentId, DocumentHead>();
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  get(document: DocumentId): DocumentHead | undefined {
    return this.#heads.get(document);
  }

  /** What a commit that is on disk made of it. */
  set(document: DocumentId, head: DocumentHead): void {
    // Anew, so that the order of the map is the order of the last writes.
    this.#heads.delete(document);
    this.#heads.set(document, head);
    if (this.#heads.size <= this.#most) return;
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest);
      return;
    }
  }

  forget(document: DocumentId): void {
    this.#heads.delete(document);
  }

  forgetAll(): void {
    this.#heads.clear();
  }
}
