/** Begins what a stream is to carry of a document, for somebody who was let in: one way for streams of their own and for feeds. */
import type { RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { LiveGrant } from '../access/live-grants';
import type { PresenceFeeds } from '../rooms/presence/presence-feeds';
import type { Channel } from './event-stream';
import type { FramesByPost } from './frames-by-post';
import type { LateHolder } from './late-holder';
import { type PartKind, refusedEvent } from './part-events';
import { PresenceWatch } from './presence-watch';
import { type ReaderWords, readerState } from './reading-requests';
import type { RoomStreams } from './room-streams';

export interface StreamPartsOptions {
  readonly rooms: RoomStreams;
  readonly feeds: PresenceFeeds;
  readonly writers: FramesByPost;
}

export interface Beginning {
  readonly document: DocumentId;
  readonly kind: PartKind;
  /** What it was let in by. */
  readonly secret: string | undefined;
  readonly grant: LiveGrant;
  readonly holder: LateHolder;
  readonly stream: Channel;
  /** Whether others are carried beside it. */
  readonly isShared: boolean;
  readonly words: ReaderWords;
  readonly lastEventId: string | undefined;
}

export class StreamParts {
  readonly #options: StreamPartsOptions;

  constructor(options: StreamPartsOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever refuses it, the stream says so, and is over. */
  async begin(beginning: Beginning): Promise<void> {
    const { document, kind, secret, grant, stream, words, lastEventId } = beginning;
    const onRefused = (rejection: RejectionName): void => {
      stream.write(refusedEvent(document, kind, rejection));
      stream.finish();
    };
    const { rooms, writers } = this.#options;
    if (kind === 'presence') this.#watch(beginning, onRefused);
    else if (kind === 'writer') await writers.open({ ...beginning, onRefused }, secret);
    else await rooms.read({ ...beginning, onRefused, lastEventId, state: readerState(words, grant) });
  }

  #watch({ document, lastEventId, stream, grant, holder }: Beginning, onRefused: (rejection: RejectionName) => void): void {
    const { feeds } = this.#options;
    const watch = new PresenceWatch({ document, lastEventId, stream, feeds, onRefused, onOver: () => grant.release() });
    watch.start();
    holder.handTo(watch);
  }
}
