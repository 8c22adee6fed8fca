/**
 * The presence feeds of a relay, by document. A feed is there while its room is open or somebody watches: watching a
 * document opens no room and loads nothing.
 */
import type { DocumentId } from '../../../src/shared/protocol/routes';
import type { Clock } from '../ports';
import type { Epochs } from './epochs';
import { PresenceFeed, type Watcher } from './presence-feed';

export class PresenceFeeds {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #epochs: Epochs;
  readonly #feeds = new Map<DocumentId, { readonly feed: PresenceFeed; hasRoom: boolean }>();

  constructor({ clock, epochs }: { readonly clock: Pick<Clock, 'now'>; readonly epochs: Epochs }) {
    this.#clock = clock;
    this.#epochs = epochs;
  }

  /** Feeds in memory. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Tells the watcher who is there, then what changes, until the answer is called. See {@link PresenceFeed.watch}. */
  watch(document: DocumentId, watcher: Watcher, lastEventId?: string): () => void {
    return this.#entry(document).feed.watch(watcher, lastEventId);
  }

  /** Everyone in a document, again: for a watcher that missed something. */
  everyone(document: DocumentId): PresenceFeed['everyone'] {
    return this.#entry(document).feed.everyone;
  }

  /** A room opens: the feed that it is to keep up to date. */
  open(document: DocumentId): PresenceFeed {
    const entry = this.#entry(document);
    entry.hasRoom = true;
    return entry.feed;
  }

  /** The room is gone, or did not open. */
  close(document: DocumentId): void {
    const entry = this.#feeds.get(document);
    if (entry === undefined) return;
    entry.hasRoom = false;
    this.#forgetUnused(document);
  }

  #entry(document: DocumentId): { readonly feed: PresenceFeed; hasRoom: boolean } {
    const known = this.#feeds.get(document);
    if (known !== undefined) return known;
    const onUnwatched = (): void => this.#forgetUnused(document);
    const feed = new PresenceFeed({ document, epoch: this.#epochs.next(), clock: this.#clock, onUnwatched });
    const entry = { feed, hasRoom: false };
    this.#feeds.set(document, entry);
    return entry;
  }

  #forgetUnused(document: DocumentId): void {
    const entry = this.#feeds.get(document);
    if (entry !== undefined && !entry.hasRoom && !entry.feed.isWatched) this.#feeds.delete(document);
  }
}
