/**
 * Which documents are open in some window of this device, so that work beside them keeps off.
 *
 * R1  Opening never waits for such work: it is told to cede, in every window.
 * R2  Only one window at a time works on a document, and none while it is open.
 * R3  Where a browser has no locks (a page by plain HTTP from another machine), a window sees its own documents alone. The work has
 *     to be harmless beside an open document; it is only not needed there.
 */
import type { DocumentId } from '../../shared/protocol/routes';

export interface OpenDocuments {
  isOpenHere(document: DocumentId): boolean;
  /** From now on it is open in this window. Returns its own end. */
  hold(document: DocumentId): () => void;
  /**
   * Works on a document that is open nowhere. Resolves with `undefined`, and has not begun, where it is.
   *
   * @param work has to end soon once its signal is aborted: somebody opens the document.
   */
  workAlone<T>(document: DocumentId, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined>;
}

export class OpenDocumentsByLocks implements OpenDocuments {
  readonly #locks: LockManager | undefined;
  readonly #channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | undefined;
  readonly #held = new Map<DocumentId, number>();
  readonly #working = new Map<DocumentId, AbortController>();

  constructor(world: {
    readonly locks: LockManager | undefined;
    readonly channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | undefined;
  }) {
    this.#locks = world.locks;
    this.#channel = world.channel;
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#working.get(data as DocumentId)?.abort();
    });
  }

  isOpenHere(document: DocumentId): boolean {
    return this.#held.has(document);
  }

  hold(document: DocumentId): () => void {
    this.#held.set(document, (this.#held.get(document) ?? 0) + 1);
    this.#working.get(document)?.abort();
    this.#channel?.postMessage(document);
    const ended = new AbortController();
    const released = new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()));
    this.#locks
      ?.request(nameOf(document), { mode: 'shared', signal: ended.signal }, () => released)
      .catch((error: unknown) => {
        if (!ended.signal.aborted) console.info('Other windows do not know that this document is open.', error);
      });
    return () => {
      if (ended.signal.aborted) return;
      ended.abort();
      const others = (this.#held.get(document) ?? 1) - 1;
      if (others === 0) this.#held.delete(document);
      else this.#held.set(document, others);
    };
  }

  async workAlone<T>(document: DocumentId, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const doIt = async () => {
      if (this.#held.has(document) || this.#working.has(document)) return undefined;
      const ceding = new AbortController();
      this.#working.set(document, ceding);
      try {
        return await work(ceding.signal);
      } finally {
        this.#working.delete(document);
      }
    };
    if (this.#locks === undefined) return await doIt();
    return await this.#locks.request(nameOf(document), { ifAvailable: true }, async (lock) => (lock === null ? undefined : await doIt()));
  }
}

/** By the id alone: the relay that it is from may not be known yet. */
function nameOf(document: DocumentId): string {
  return `weft.document.${document}`;
}
