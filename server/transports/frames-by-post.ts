/**
 * The up half of connections for networks that block WebSocket: frames by POST, for a stream that was opened with
 * `Weft-Connection: new`.
 *
 * R1  A POST counts only for the document and the grant that its stream was opened with.
 * R2  Nothing of a body is read before that is known.
 * R3  Readers and feeds give signs of life in the same way: by POSTs without anything in them, which any of them may send and
 *     those are expected to send that said so.
 * R4  Large bodies on their way are bounded (large-bodies.ts): beyond, 503, to be sent again.
 * R5  A body that is not said to be frames is refused (RFC 9110, section 15.5.16), never taken for an empty one: whoever sent it
 *     would take edits for received that nobody read.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Rejected } from '../../src/shared/protocol/rejections';
import { base64url } from '../../src/shared/protocol/routes';
import type { Access, Comer } from '../access/access';
import { isSameSecret } from '../access/secrets';
import type { RelayLimits } from '../rooms/limits';
import type { Clock } from '../rooms/ports';
import type { Channel } from './event-stream';
import { encodeEvent } from './event-stream-framing';
import { LargeBodies } from './large-bodies';
import { headerOf } from './reading-requests';
import { RefusedRequest } from './refused-request';
import type { ComingPeer, RoomStreams } from './room-streams';
import { StreamBeats } from './stream-beats';
import { WriterConnection } from './writer-connection';

export interface FramesByPostOptions {
  readonly access: Access;
  readonly rooms: RoomStreams;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  randomBytes(count: number): Uint8Array;
  /** Who asks. @throws {Rejected} */
  comerOf(request: FastifyRequest): Comer;
}

const FRAMES_TYPE = 'application/octet-stream';
const CONNECTION_BYTES = 16;
/** Lengths around the largest update. Bytes. */
const AROUND_AN_UPDATE = 64 * 1024;
const LARGEST_BODY = 2 ** 31 - 1;
const NOT_KEPT = { 'Cache-Control': 'no-store' };

export class FramesByPost {
  readonly #options: FramesByPostOptions;
  readonly #connections = new Map<string, WriterConnection>();
  readonly #streams = new Map<string, StreamBeats>();
  readonly #bodies: LargeBodies;
  #isStopping = false;
  readonly #asked = new WeakMap<FastifyRequest, WriterConnection>();

  constructor(options: FramesByPostOptions) {
    this.#options = options;
    this.#bodies = new LargeBodies(largestBody(options.limits));
  }

  /** Nothing that comes now could still be saved. */
  stopReading(): void {
    this.#isStopping = true;
  }

  /** Ids that POSTs may carry: of writers, and of streams of other kinds. */
  get count(): number {
    return this.#connections.size + this.#streams.size;
  }

  /** The down half is there. Never rejects: whatever refuses the writer, its stream says so. */
  async open(coming: ComingPeer, secret: string | undefined): Promise<void> {
    const { rooms, clock, limits } = this.#options;
    const { stream, document, grant } = coming;
    const id = this.#newId();
    const connection = new WriterConnection({ id, document, secret, grantKey: grant.key, stream, clock, limits });
    this.#connections.set(id, connection);
    stream.add(connection);
    const joined = await rooms.write({ ...coming, connection: id, onOver: () => this.#connections.delete(id) });
    if (joined !== undefined) connection.enter(joined);
  }

  /** Tells a stream the id that it has as a whole. @param isExpected whether it said that it would be heard of (R3). */
  introduce(stream: Channel, isExpected: boolean): string {
    const id = this.#newId();
    const beats = new StreamBeats({ stream, isExpected, onOver: () => this.#streams.delete(id) });
    this.#streams.set(id, beats);
    // There is no document in it: that is how a client tells it from the one of a writer.
    stream.write(encodeEvent({ type: 'connection', data: { connection: id } }));
    stream.add(beats);
    return id;
  }

  async serve(app: FastifyInstance): Promise<void> {
    await app.register(async (scope) => {
      // R5: all that has anything in it is frames by now.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      const bodyLimit = largestBody(this.#options.limits);
      const onRequest = (request: FastifyRequest, reply: FastifyReply): Promise<void> => this.#find(request, reply);
      scope.post('/documents/:id/frames', { bodyLimit, onRequest }, (request, reply) => this.#take(request, reply));
    });
  }

  #newId(): string {
    return base64url(this.#options.randomBytes(CONNECTION_BYTES));
  }

  /** R1, R2, R4 */
  async #find(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (this.#isStopping) throw new Rejected('restarting');
    const { access, comerOf } = this.#options;
    const comer = comerOf(request);
    const id = headerOf(request.headers, 'weft-connection') ?? '';
    if (this.#streams.has(id)) {
      if (request.headers['content-length'] !== '0')
        throw new RefusedRequest('forbidden', 'This connection takes nothing but signs of life.');
      return;
    }
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.document !== comer.document) {
      await access.authorise(comer);
      throw new RefusedRequest('not-found', 'There is no such connection; open the stream anew.');
    }
    if (!isSameSecret(comer.secret ?? '', connection.secret ?? '')) {
      const grant = await access.authorise(comer);
      if (grant.key !== connection.grantKey)
        throw new RefusedRequest('forbidden', 'The stream of this connection was opened by somebody else.');
    }
    if (hasBody(request.raw) && !isOfFrames(request.headers)) throw new RefusedRequest('malformed', NO_FRAMES, 415);
    const length = request.headers['content-length'];
    const release = this.#bodies.admit(id, length === undefined ? undefined : Number(length));
    if (release === undefined) throw new Rejected('full', 'too many large bodies at once');
    reply.raw.once('close', release);
    this.#asked.set(request, connection);
  }

  async #take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const beats = this.#streams.get(headerOf(request.headers, 'weft-connection') ?? '');
    if (beats !== undefined) {
      beats.hear();
      return reply.code(204).headers(NOT_KEPT).send();
    }
    const connection = this.#asked.get(request);
    if (connection === undefined) throw new Error('a POST for no connection');
    const body = bodyOf(request);
    const first = body.length === 0 ? 1 : Number(headerOf(request.headers, 'weft-frame') ?? Number.NaN);
    if (!Number.isSafeInteger(first) || first < 1)
      throw new RefusedRequest('malformed', 'The header Weft-Frame has to be the number of the first frame, counted from 1.');
    const taken = await connection.take(first, body);
    if (taken.type === 'refused') throw new Rejected(taken.rejection);
    const { received } = taken;
    if (taken.type === 'taken') return reply.headers(NOT_KEPT).send({ received });
    const reason = `Frames are missing; the next one is number ${received + 1}.`;
    return reply.code(409).headers(NOT_KEPT).send({ error: 'hole', reason, received });
  }
}

/** R5 */
const NO_FRAMES = `Frames have to come with the header “Content-Type: ${FRAMES_TYPE}”.`;

function isOfFrames({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type.split(';')[0]?.trim().toLowerCase() === FRAMES_TYPE;
}

/** By its head; over HTTP/2 that need not tell a length, but it tells whether it is all. */
function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length !== undefined) return length !== '0';
  return request instanceof Http2ServerRequest ? !request.stream.endAfterHeaders : encoding !== undefined;
}

function bodyOf({ body }: FastifyRequest): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  throw new Error('a body that is not bytes');
}

function largestBody({ documentBytes }: RelayLimits): number {
  return Math.min(documentBytes + AROUND_AN_UPDATE, LARGEST_BODY);
}
