/**
 * One event stream for many documents, which takes more of them and leaves some while it is open: browsers allow six connections
 * to a host over HTTP/1.1.
 *
 * R1  Every part is authorised on its own: what one is refused for is no matter of the others.
 * R2  A feed's first event is its id, 128 random bits. Who changes a feed brings it, and the secret that the feed was opened with;
 *     without either, there is no such feed.
 * R3  A part that ends while it is looked at goes no further.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Access } from '../access/access';
import type { LiveGrant } from '../access/live-grants';
import { isSameSecret } from '../access/secrets';
import type { Log } from '../rooms/ports';
import type { EventStreams } from './event-streams';
import { Feed, type FeedShare } from './feed';
import { type FeedChange, type FeedPart, parseFeed, parseFeedChange } from './feed-requests';
import type { FramesByPost } from './frames-by-post';
import { LateHolder } from './late-holder';
import { refusedEvent } from './part-events';
import { connectionAsked, forbidSecretInAddress, headerOf, type ReaderWords, readerWords } from './reading-requests';
import { RefusedRequest } from './refused-request';
import type { StreamParts } from './stream-parts';

export interface FeedsOptions {
  readonly access: Access;
  readonly streams: EventStreams;
  readonly parts: StreamParts;
  readonly writers: FramesByPost;
  readonly log: Log;
  /** What came in `Authorization`. */
  secretOf(request: FastifyRequest): string | undefined;
  addressOf(request: FastifyRequest): string;
}

interface OpenFeed {
  readonly feed: Feed;
  readonly secret: string | undefined;
  readonly words: ReaderWords;
}

/** Of whoever asked for a part. */
interface Asker {
  readonly secret: string | undefined;
  readonly words: ReaderWords;
  readonly address: string;
}

export class Feeds {
  readonly #options: FeedsOptions;
  readonly #open = new Map<string, OpenFeed>();

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  serve(app: FastifyInstance): void {
    app.post('/feeds', async (request, reply) => this.#begin(request, reply));
    app.patch('/feeds', async (request, reply) => this.#change(request, reply));
  }

  #begin(request: FastifyRequest, reply: FastifyReply): void {
    forbidSecretInAddress(request.url);
    const add = parseFeed(request.body);
    const words = readerWords(request.headers);
    const asked = connectionAsked(request.headers);
    if (asked === 'new') throw new RefusedRequest('malformed', 'A feed as a whole writes nothing; give it a part of kind “writer”.');
    const { streams, writers, secretOf } = this.#options;
    streams.admit(request.raw);
    reply.hijack();
    const stream = streams.open(reply.raw);
    if (stream === undefined) return;
    const secret = secretOf(request);
    const id = writers.introduce(stream, asked === 'alive');
    const feed = new Feed(stream, () => this.#open.delete(id));
    this.#open.set(id, { feed, secret, words });
    stream.add(feed);
    this.#addParts(feed, { add, remove: [] }, { secret, words, address: this.#options.addressOf(request) });
  }

  #change(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    forbidSecretInAddress(request.url);
    const change = parseFeedChange(request.body);
    const { feed, words: before, secret } = this.#find(request);
    const words = readerWords(request.headers, before);
    // Leaving is always possible.
    if (change.add.length > 0) this.#options.streams.admitPart(request.raw);
    this.#addParts(feed, change, { secret, words, address: this.#options.addressOf(request) });
    return reply.code(204).send();
  }

  /** R2 */
  #find(request: FastifyRequest): OpenFeed {
    const open = this.#open.get(headerOf(request.headers, 'weft-connection') ?? '');
    const secret = this.#options.secretOf(request);
    if (open === undefined || !isSameSecret(secret ?? '', open.secret ?? '')) {
      throw new RefusedRequest('not-found', 'There is no such feed; open it anew.');
    }
    return open;
  }

  #addParts(feed: Feed, change: FeedChange, asker: Asker): void {
    for (const { part, share } of feed.change(change)) void this.#addPart(feed, { part, share }, asker);
  }

  /** Never rejects (R1). */
  async #addPart(
    feed: Feed,
    { part, share }: { readonly part: FeedPart; readonly share: FeedShare },
    { secret: common, words, address }: Asker,
  ): Promise<void> {
    const { access, parts, log } = this.#options;
    const { document, kind, secret = common } = part;
    const holder = new LateHolder();
    let grant: LiveGrant;
    try {
      grant = await access.enter({ document, secret, address }, holder);
    } catch (error) {
      if (!(error instanceof Rejected)) log.error({ err: error }, 'a part of a feed could not be looked at');
      share.write(refusedEvent(document, kind, error instanceof Rejected ? error.rejection : 'unreadable'));
      share.finish();
      return;
    }
    share.admit();
    const begin = async (): Promise<void> => {
      if (share.isOver) grant.release();
      else await parts.begin({ ...part, secret, grant, holder, stream: share, isShared: true, words });
    };
    await (kind === 'stream' ? feed.inTurn(begin) : begin());
  }
}
