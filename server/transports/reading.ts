/**
 * Reading one document over plain HTTP: the routes that answer with a stream of events.
 *
 * R1  What can be refused before a stream begins is refused with a status; after that, with an event `refused`.
 * R2  Whoever asks for a stream is a viewer, unless it says that it will POST frames.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Comer } from '../access/access';
import type { LiveGrant } from '../access/live-grants';
import type { EventStream } from './event-stream';
import type { EventStreams } from './event-streams';
import type { FramesByPost } from './frames-by-post';
import { LateHolder } from './late-holder';
import type { PartKind } from './part-events';
import { connectionAsked, forbidSecretInAddress, headerOf, NO_WORDS, readerWords } from './reading-requests';
import type { StreamParts } from './stream-parts';

export interface ReadingOptions {
  readonly access: Access;
  readonly streams: EventStreams;
  readonly parts: StreamParts;
  readonly writers: FramesByPost;
  /** Who asks for the document in the path. @throws {Rejected} */
  comerOf(request: FastifyRequest): Comer;
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

  serve(app: FastifyInstance): void {
    app.get('/documents/:id/presence', STREAMING, (request, reply) => this.#watch(request, reply));
    app.get('/documents/:id/stream', STREAMING, (request, reply) => this.#stream(request, reply));
  }

  async #watch(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const opened = await this.#open(request, reply);
    if (opened !== undefined) await this.#begin('presence', opened, request);
  }

  async #stream(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const asked = connectionAsked(request.headers);
    const words = readerWords(request.headers);
    const opened = await this.#open(request, reply);
    if (opened === undefined) return;
    if (asked === 'alive') this.#options.writers.introduce(opened.stream, true);
    await this.#begin(asked === 'new' ? 'writer' : 'stream', opened, request, words);
  }

  async #begin(kind: PartKind, { comer, ...opened }: Opened, { headers }: FastifyRequest, words = NO_WORDS): Promise<void> {
    const lastEventId = headerOf(headers, 'last-event-id');
    await this.#options.parts.begin({ ...opened, ...comer, kind, words, lastEventId, isShared: false });
  }

  /** R1: everything that can be refused, then the stream. `undefined` when the client did not wait for it. */
  async #open(request: FastifyRequest, reply: FastifyReply): Promise<Opened | undefined> {
    forbidSecretInAddress(request.url);
    const { access, streams, comerOf } = this.#options;
    streams.admit(request.raw);
    const comer = comerOf(request);
    const holder = new LateHolder();
    const grant = await access.enter(comer, holder);
    reply.hijack();
    const stream = streams.open(reply.raw);
    if (stream !== undefined) return { comer, stream, grant, holder };
    grant.release();
    return undefined;
  }
}
