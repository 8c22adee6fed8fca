/**
 * Somebody who watches who is in a document: a part of an event stream that is no peer and no person.
 *
 * R1  Every watcher gets the same bytes of an event.
 * R2  Who does not read fast enough misses events, and hears everyone anew once it has caught up.
 */
import type { RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { GrantEnd, GrantHolder } from '../access/live-grants';
import type { PresenceEvent } from '../rooms/presence/presence-feed';
import type { PresenceFeeds } from '../rooms/presence/presence-feeds';
import type { StreamPart } from './carried-parts';
import type { Channel } from './event-stream';
import { encodeEvent } from './event-stream-framing';

export interface PresenceWatchOptions {
  readonly document: DocumentId;
  readonly lastEventId: string | undefined;
  readonly stream: Channel;
  readonly feeds: PresenceFeeds;
  readonly onRefused: (rejection: RejectionName) => void;
  readonly onOver: () => void;
}

/** Bytes of a stream that are not read: above, only the newest will matter. */
const MOST_QUEUED = 64 * 1024;

const encoded = new WeakMap<PresenceEvent, Buffer>();

/** R1 */
function encodePresenceEvent(event: PresenceEvent): Buffer {
  let bytes = encoded.get(event);
  if (bytes === undefined) {
    const { type, id, document, people } = event;
    bytes = encodeEvent({ type, id, data: { document, people } });
    encoded.set(event, bytes);
  }
  return bytes;
}

export class PresenceWatch implements StreamPart, GrantHolder {
  readonly #options: PresenceWatchOptions;
  #stopWatching: () => void = () => undefined;
  #isBehind = false;
  #isOver = false;

  constructor(options: PresenceWatchOptions) {
    this.#options = options;
  }

  /** Begins to tell. */
  start(): void {
    const { stream, feeds, document, lastEventId } = this.#options;
    this.#stopWatching = feeds.watch(document, (event) => this.#tell(event), lastEventId);
    stream.add(this);
  }

  drained(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    const { stream, feeds, document } = this.#options;
    stream.write(encodePresenceEvent(feeds.everyone(document)));
  }

  ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWatching();
    this.#options.stream.remove(this);
    this.#options.onOver();
  }

  /** Viewers and editors see the same. */
  roleChanged(): void {
    // Nothing to do: whoever may be in a document may see who is.
  }

  grantEnded(_detail: string, rejection: GrantEnd): void {
    if (this.#isOver) return;
    this.ended();
    this.#options.onRefused(rejection);
  }

  #tell(event: PresenceEvent): void {
    const { stream } = this.#options;
    if (this.#isBehind) return;
    if (stream.queuedBytes > MOST_QUEUED) this.#isBehind = true;
    else stream.write(encodePresenceEvent(event));
  }
}
