/**
 * Reading over plain HTTP: the routes that answer with a stream of events.
 *
 * R1  What can be refused before a stream begins is refused with a status; after that, with an event `refused`.
 * R2  Every document of a feed is authorised on its own: what one of them is refused for is no matter of the others.
 * R3  Whoever asks for a stream is a viewer, unless it says that it will POST frames.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import type { Access, Comer } from '../access/access';
import type { LiveGrant } from '../access/live-grants';
import type { PresenceFeeds } from '../rooms/presence-feeds';
import type { EventStream } from './event-stream';
import type { EventStreams } from './event-streams';
import { type FeedPart, parseFeeds } from './feeds';
import type { FramesByPost } from './frames-by-post';
import { LateHolder } from './late-holder';
import { PresenceWatch } from './presence-watch';
import { forbidSecretInAddress, headerOf, type ReaderWords, readerState, readerWords } from './reading-requests';
import { refusedEvent } from './refused-event';
import { RefusedRequest } from './refused-request';
import type { RoomStreams } from './room-streams';

export interface ReadingOptions {
  readonly access: Access;
  readonly streams: EventStreams;
  readonly rooms: RoomStreams;
  readonly feeds: PresenceFeeds;
  readonly writers: FramesByPost;
  /** Who asks for the document in the path. @throws {Rejected} */
  comerOf(request: FastifyRequest): Comer;
  /** What came in `Authorization`. */
  secretOf(request: FastifyRequest): string | undefined;
}

/** Somebody who was let in, and the stream that begins for it. */
interface Opened {
  readonly comer: Comer;
  readonly stream: EventStream;
  readonly grant: LiveGrant;
  readonly holder: LateHolder;
}

/** Nothing of a stream fits into the answer to a HEAD. */
const STREAMING = { exposeHeadRoute: false };

export class Reading {
  readonly #options: ReadingOptions;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async serve(app: FastifyInstance): Promise<void> {
    app.get('/documents/:id/presence', STREAMING, (request, reply) => this.#watch(request, reply));
    app.get('/documents/:id/stream', STREAMING, (request, reply) => this.#stream(request, reply));
    app.post('/feeds', (request, reply) => this.#feed(request, reply));
    await this.#options.writers.serve(app);
  }

  async #watch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const opened = await this.#open(request, reply);
    if (opened === undefined) return;
    const { stream, comer } = opened;
    this.#startWatch(opened, headerOf(request.headers, 'last-event-id'), (rejection) => {
      stream.write(refusedEvent(comer.document, 'presence', rejection));
      stream.finish();
    });
  }

  async #stream(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const asked = connectionAsked(request);
    const words = readerWords(request.headers);
    const opened = await this.#open(request, reply);
    if (opened === undefined) return;
    const { stream, comer, grant } = opened;
    const { document, secret } = comer;
    const onRefused = (rejection: RejectionName): void => {
      stream.write(refusedEvent(document, 'stream', rejection));
      stream.finish();
    };
    const coming = { ...opened, document, isShared: false, onRefused };
    if (asked === 'new') await this.#options.writers.open(coming, secret);
    else {
      if (asked === 'alive') this.#options.writers.expectBeats(stream);
      const lastEventId = headerOf(request.headers, 'last-event-id');
      await this.#options.rooms.read({ ...coming, state: readerState(words, grant.name), lastEventId });
    }
  }

  async #feed(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    forbidSecretInAddress(request.url);
    const parts = parseFeeds(request.body);
    const words = readerWords(request.headers);
    const asked = connectionAsked(request);
    if (asked === 'new') throw new RefusedRequest('malformed', 'Who wants to write opens the stream of one document.');
    const { streams, secretOf } = this.#options;
    streams.admit(request.raw);
    const stream = this.#begin(reply);
    if (stream === undefined) return;
    if (asked === 'alive') this.#options.writers.expectBeats(stream);
    const secret = secretOf(request);
    await Promise.all(
      parts.map((part) => this.#openPart({ ...part, secret: part.secret ?? secret }, { stream, words, address: request.ip })),
    );
  }

  /** Never rejects (R2). */
  async #openPart(
    { document, kind, secret, lastEventId }: FeedPart,
    { stream, words, address }: { readonly stream: EventStream; readonly words: ReaderWords; readonly address: string },
  ): Promise<void> {
    const { access, rooms } = this.#options;
    const onRefused = (rejection: RejectionName): void => stream.write(refusedEvent(document, kind, rejection));
    const comer = { document, secret, address };
    const holder = new LateHolder();
    let grant: LiveGrant;
    try {
      grant = await access.enter(comer, holder);
    } catch (error) {
      onRefused(error instanceof Rejected ? error.rejection : 'unreadable');
      return;
    }
    if (kind === 'presence') this.#startWatch({ comer, stream, grant, holder }, lastEventId, onRefused);
    else {
      const state = readerState(words, grant.name);
      await rooms.read({ stream, document, grant, holder, isShared: true, onRefused, lastEventId, state });
    }
  }

  #startWatch(
    { comer, stream, grant, holder }: Opened,
    lastEventId: string | undefined,
    onRefused: (rejection: RejectionName) => void,
  ): void {
    const watch = new PresenceWatch({
      document: comer.document,
      lastEventId,
      stream,
      feeds: this.#options.feeds,
      onRefused,
      onOver: () => grant.release(),
    });
    watch.start();
    holder.handTo(watch);
  }

  /** R1: everything that can be refused, then the stream. `undefined` when the client did not wait for it. */
  async #open(request: FastifyRequest, reply: FastifyReply): Promise<Opened | undefined> {
    forbidSecretInAddress(request.url);
    const { access, streams, comerOf } = this.#options;
    streams.admit(request.raw);
    const comer = comerOf(request);
    const holder = new LateHolder();
    const grant = await access.enter(comer, holder);
    const stream = this.#begin(reply);
    if (stream !== undefined) return { comer, stream, grant, holder };
    grant.release();
    return undefined;
  }

  #begin(reply: FastifyReply): EventStream | undefined {
    reply.hijack();
    return this.#options.streams.open(reply.raw);
  }
}

/** `new`: frames will be POSTed for it; `alive`: signs of life will. @throws {Rejected} `malformed` */
function connectionAsked({ headers }: FastifyRequest): 'new' | 'alive' | undefined {
  const asked = headerOf(headers, 'weft-connection');
  if (asked === undefined || asked === 'new' || asked === 'alive') return asked;
  throw new RefusedRequest('malformed', 'The header Weft-Connection can only be “new” or “alive” here.');
}
