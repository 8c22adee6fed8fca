/**
 * The relay over HTTP: who may ask, `/health`, the editor's page, and one form of refusal for everything else.
 *
 * R1  Host and Origin are judged before the router sees a request: no path, however broken, gets around it.
 * R2  Every answer carries the CORS headers that its asker may read it by, errors too.
 * R3  No answer shows a stack, a file's place or a document's id.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { REJECTIONS, Rejected } from '../../src/shared/protocol/rejections';
import { HEALTH_PATH, type Health } from '../../src/shared/protocol/routes';
import type { ClientAddresses } from '../access/client-addresses';
import { requestedHost } from '../access/hosts';
import { type AccessRules, corsHeaders, judge, preflightHeaders } from '../access/origins';
import type { Clock, Log } from '../rooms/ports';
import { type Refusal, refusalBody, refuseUpgrade } from './handshake';
import { createHttpServer, type HttpServer } from './http-server';
import { sendNothingHere, servePages } from './pages';
import { wantsPage } from './plain-page';
import { RefusedRequest } from './refused-request';
import type { RouteGuard } from './route-guard';

export interface HttpOptions {
  readonly rules: AccessRules;
  readonly addresses: ClientAddresses;
  readonly clock: Clock;
  readonly log: Log;
  /** PEM; left out: plain HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Absolute path of the built page's folder. */
  readonly renderer: string;
  /** WebSocket connections; a few more sockets may be there for plain requests. */
  readonly connections: number;
  /** Of all that routes take, about. Bytes. */
  readonly largestBody: number;
  health(): Promise<Health>;
  /** Holds every route to its rule. */
  readonly guard: RouteGuard;
  /** Adds the routes of the other parts. */
  addRoutes(app: FastifyInstance): Promise<void> | void;
}

const LARGEST_BODY = 64 * 1024;
const SOCKETS_BESIDES = 1_000;
/** An id of 128 characters, each of them percent-encoded. */
const LONGEST_SEGMENT = 3 * 128;

/** The caller listens with the server, adds `upgrade`, and closes both. */
export async function buildHttp(options: HttpOptions): Promise<HttpServer & { app: FastifyInstance }> {
  const { rules, addresses, clock, log, renderer, health, guard } = options;
  let made: HttpServer | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    routerOptions: { maxParamLength: LONGEST_SEGMENT, ignoreTrailingSlash: true },
    clientErrorHandler: (error, socket) => refuseBrokenRequest(error, socket),
    frameworkErrors: (_error, request, reply) => {
      if (wantsPage(request.headers.accept)) sendNothingHere(reply);
      else refuse(request.raw, reply.raw, { rejection: 'not-found' });
    },
    serverFactory: (handler): Server => {
      made = createHttpServer({
        tls: options.tls,
        connections: options.connections + SOCKETS_BESIDES,
        largestBody: options.largestBody,
        clock,
        log,
        onRequest: (request, response) => {
          if (admit(request, response, { rules, addresses, log })) handler(request, response);
        },
        onFull: (request, response) => refuse(request, response, { rejection: 'full' }),
        onLate: (socket) => refuseBrokenRequest(LATE, socket),
      });
      return made.server;
    },
  });
  guard.watch(app);
  app.setNotFoundHandler((request, reply) =>
    wantsPage(request.headers.accept)
      ? sendNothingHere(reply)
      : reply
          .code(404)
          .type(JSON_TYPE)
          .send(refusalBody({ rejection: 'not-found' })),
  );
  app.setErrorHandler((error, request, reply) => {
    reply.type(JSON_TYPE);
    // Fastify closes what sends too much; over HTTP/2 there is no such header.
    if (request.raw.httpVersionMajor === 2) reply.removeHeader('Connection');
    if (error instanceof Rejected) return refuseReply(reply, error, { addresses, log });
    const status = statusOf(error);
    if (status >= 500) {
      log.error({ err: error }, 'a request failed');
      return reply.code(status).send(JSON.stringify({ error: 'failed', reason: 'The relay failed to answer; its log says why.' }));
    }
    // 403 is what paths out of the folder of assets get: there is nothing.
    if (status === 403 || status === 404) return reply.code(404).send(refusalBody({ rejection: 'not-found' }));
    return reply.code(status).send(refusalBody({ rejection: 'malformed', reason: CANNOT_READ }));
  });
  app.get(HEALTH_PATH, async (_request, reply) => {
    const answer = await health();
    return reply
      .code(answer.status === 'ok' ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send(answer);
  });
  await servePages(app, { renderer, log });
  await options.addRoutes(app);
  await app.ready();
  if (made === undefined) throw new Error('fastify made no server');
  return { ...made, app };
}

/** Of who came too often: the windows are a minute. */
const RETRY_SECONDS = 60;
const JSON_TYPE = 'application/json; charset=utf-8';
const CANNOT_READ = 'The relay cannot read this request.';

/** Answers whoever may not ask, and preflights; true when the request may go on (R1, R2). */
function admit(
  request: IncomingMessage,
  response: ServerResponse,
  { rules, addresses, log }: Pick<HttpOptions, 'rules' | 'addresses' | 'log'>,
): boolean {
  response.on('error', ignoreLostClient);
  const host = requestedHost(request);
  const verdict = judge({ host, origin: request.headers.origin }, rules);
  const foreignOrigin = verdict.type === 'admitted' ? verdict.foreignOrigin : undefined;
  for (const [name, value] of Object.entries({ ...EVERYWHERE, ...corsHeaders(foreignOrigin) })) response.setHeader(name, value);
  if (verdict.type === 'refused') {
    log.info({ ip: addresses.of(request), rejection: verdict.rejection }, 'request refused');
    refuse(request, response, { rejection: verdict.rejection });
    return false;
  }
  const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!isPreflight) return true;
  const allowed = foreignOrigin === undefined ? {} : preflightHeaders(request.headers['access-control-request-private-network'] === 'true');
  response.writeHead(204, allowed).end();
  return false;
}

const EVERYWHERE = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const body = refusalBody(refusal);
  // What the refused still want to send is not read.
  response.writeHead(REJECTIONS[refusal.rejection].httpStatus, {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    // Of a connection that carries others too, there is no such thing to say.
    ...(request.httpVersionMajor === 1 ? { Connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** What Node's parser gave up on: nothing of it can be judged, and nothing of it is answered but that. */
function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = BROKEN[error.code ?? ''] ?? [400, CANNOT_READ];
  refuseUpgrade(socket, { rejection: 'malformed', status, reason });
}

const BROKEN: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too large.'],
};

const LATE = Object.assign(new Error('a request is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

/** Somebody may not do this. What came with the request is nowhere in what is logged or sent (R3). */
function refuseReply(reply: FastifyReply, refused: Rejected, { addresses, log }: Pick<HttpOptions, 'addresses' | 'log'>): FastifyReply {
  const { rejection } = refused;
  const { status, reason } = refused instanceof RefusedRequest ? refused : {};
  const httpStatus = status ?? REJECTIONS[rejection].httpStatus;
  log.info({ ip: addresses.of(reply.request.raw), rejection, detail: refused.message }, 'request refused');
  if (httpStatus === 401) reply.header('WWW-Authenticate', 'Bearer');
  if (httpStatus === 429) reply.header('Retry-After', String(RETRY_SECONDS));
  return reply.code(httpStatus).send(refusalBody(reason === undefined ? { rejection } : { rejection, reason }));
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** A client that goes away while it is answered is nothing to do anything about. */
function ignoreLostClient(): void {
  // The listener itself is the point: without one, the error would end the process.
}
