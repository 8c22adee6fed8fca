/**
 * The server under all routes: HTTP/1.1; with a certificate HTTP/2 and HTTP/1.1 on one port, told apart by ALPN (RFC 7301).
 * WebSocket comes by HTTP/1.1 in either case.
 *
 * R1  Slowness costs a connection and nobody else anything: a handshake, a head and a whole request each have to arrive in time.
 * R2  The number of connections has a limit, and so has what goes on in them.
 * R3  What is no TLS at a port of TLS is cut: there is nothing that it could read.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Log } from '../rooms/ports';
import { Http1Requests } from './http1-requests';
import { Http2Sessions } from './http2-sessions';

export interface HttpServerOptions {
  /** PEM; `undefined`: plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly connections: number;
  /** Of all that routes take, about. Bytes. */
  readonly largestBody: number;
  readonly clock: Clock;
  readonly log: Log;
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  /** There is no room for one more at the moment. */
  onFull(request: IncomingMessage, response: ServerResponse): void;
  /** A request by HTTP/1.1 did not arrive in time. Ends the connection. */
  onLate(socket: Duplex): void;
}

export interface HttpServer {
  readonly server: Server;
  /** Lets what is written arrive, for a moment, then cuts every connection. */
  closeConnections(): Promise<void>;
  /** Whoever connects from now on gets this certificate. */
  renew(pair: { readonly cert: Buffer; readonly key: Buffer }): void;
}

const LARGEST_HEAD = 16 * 1024;
const HEAD_MS = 10_000;
const REQUEST_MS = 30_000;
/** Node looks for requests that take too long only this often. */
const LATENESS_CHECK_MS = 2_000;
const KEEP_ALIVE_MS = 5_000;
/** Of one HTTP/2 connection; no less than 100 is advised (RFC 9113, section 6.5.2). */
const MOST_STREAMS = 128;
const GOODBYE_MS = 1_000;

const TIMES = {
  headersTimeout: HEAD_MS,
  // Node's would be one for all, however large they are (http1-requests.ts).
  requestTimeout: 0,
  connectionsCheckingInterval: LATENESS_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const made = options.tls === undefined ? plain(options) : secure(options, options.tls);
  made.server.maxConnections = Math.min(options.connections, 2 ** 31 - 1);
  return made;
}

function plain({ largestBody, clock, onRequest, onLate }: HttpServerOptions): HttpServer {
  const requests = new Http1Requests({ clock, requestMs: REQUEST_MS, largestBody, onLate });
  const server = createServer({ maxHeaderSize: LARGEST_HEAD, ...TIMES }, (request, response) => {
    requests.began(request, response);
    onRequest(request, response);
  });
  return {
    server,
    async closeConnections() {
      await requests.answered(GOODBYE_MS);
      server.closeAllConnections();
    },
    renew: () => undefined,
  };
}

function secure(
  { connections, largestBody, clock, log, onRequest, onFull, onLate }: HttpServerOptions,
  tls: { cert: Buffer; key: Buffer },
): HttpServer {
  const server = createSecureServer({
    ...tls,
    allowHTTP1: true,
    noDelay: true,
    handshakeTimeout: HEAD_MS,
    settings: { enablePush: false, maxConcurrentStreams: MOST_STREAMS, maxHeaderListSize: LARGEST_HEAD },
  });
  // What Node's HTTP/1.1 server is told as options, this one has as properties.
  Object.assign(server, { maxHeaderSize: LARGEST_HEAD, ...TIMES });
  const sessions = new Http2Sessions({ clock, log, requests: connections, headMs: HEAD_MS, requestMs: REQUEST_MS, largestBody });
  const requests = new Http1Requests({ clock, requestMs: REQUEST_MS, largestBody, onLate });
  server.on('session', (session) => sessions.opened(session));
  // Before the listener to requests: that one makes Node listen here too, and a request has to be counted before it is answered.
  server.on('stream', (stream) => sessions.began(stream));
  server.on('request', (request, response) => {
    const [like, answer] = likeHttp1(request, response);
    if (request.httpVersionMajor === 1) requests.began(like, answer);
    if (sessions.isFull && request.httpVersionMajor === 2) onFull(like, answer);
    else onRequest(like, answer);
  });
  // R3. Node only hands such a socket to whoever answers broken requests, and an answer waits for a handshake for ever.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const sockets = openSockets(server);
  return {
    server: server as unknown as Server,
    async closeConnections() {
      await Promise.all([sessions.close(GOODBYE_MS), requests.answered(GOODBYE_MS)]);
      for (const socket of sockets) socket.destroy();
    },
    renew: (pair) => server.setSecureContext(pair),
  };
}

/** Both those whose handshake is still going on and those that it made. */
function openSockets(server: Http2SecureServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  for (const event of ['connection', 'secureConnection'] as const) {
    server.on(event, (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  }
  return sockets;
}

/** Node's HTTP/2 has its requests and answers behave like those of HTTP/1.1 (its “compatibility API”), but not their types. */
function likeHttp1(request: Http2ServerRequest, response: Http2ServerResponse): [IncomingMessage, ServerResponse] {
  return [request as unknown as IncomingMessage, response as unknown as ServerResponse];
}
