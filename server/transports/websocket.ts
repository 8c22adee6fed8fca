/**
 * The WebSocket transport: who gets in, and what all connections share. One timer pings everybody, one lets paused
 * readers go on, and the listeners are the same functions for all: an idle connection costs memory only for itself.
 *
 * R1  Host, Origin, rate and number of connections are judged before anything else is looked at.
 * R2  A broken id is refused before a room or a store hears of it.
 * R3  Whatever a client sends costs its connection at most: every emitter has an error listener.
 * R4  A wrong secret is told by a close code, because a browser cannot see the status of an upgrade that failed; not a frame is
 *     read before, and no room is opened.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Access, Comer } from '../access/access';
import { AttemptsPerMinute } from '../access/attempts-per-minute';
import { requestedHost } from '../access/hosts';
import { type AccessRules, corsHeaders, judge } from '../access/origins';
import type { RelayLimits } from '../rooms/limits';
import type { Clock, Log } from '../rooms/ports';
import { answeredProtocol, documentIdOfUpgrade, isSecretAlone, type Refusal, refuseUpgrade, SECRET_ALONE } from './handshake';
import { RelayWebSocket } from './relay-websocket';
import { secretOfUpgrade } from './request-secret';
import { readSmallFrames } from './small-frames';
import { BEATS_PER_PING, type RoomMember, WebSocketPeer } from './websocket-peer';

export interface WebSocketOptions {
  readonly limits: RelayLimits;
  readonly rules: AccessRules;
  readonly clock: Clock;
  readonly log: Log;
  /** Who may come in. */
  readonly access: Pick<Access, 'enter' | 'waitMs'>;
  /** Event streams: they count as connections too. */
  otherConnections?(): number;
  /** Throws {@link Rejected}. */
  join(document: DocumentId, peer: WebSocketPeer): Promise<RoomMember>;
}

/** Options of ws that its type definitions do not have yet. */
interface BeyondTypes {
  readonly closeTimeout: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
}

/** A message is an update and a few bytes around it. */
const AROUND_AN_UPDATE = 64 * 1024;
/** ws keeps its limits in 32 bits; beyond, they would wrap around to none at all. */
const LARGEST_PAYLOAD = 2 ** 31 - 1;
/** The smallest pieces in which honest networks (a TCP segment) and browsers (Chromium cuts large messages) deliver. */
const SMALLEST_SEGMENT = 512;
const SMALLEST_FRAGMENT = 4 * 1024;
/** How long a client may take for its half of a closing handshake. */
const CLOSE_MS = 3_000;
const RESUME_MS = 50;
/** What refused clients are told to wait. */
const FULL_MS = 10_000;
const RESTART_MS = 1_000;

export class WebSockets {
  readonly #options: WebSocketOptions;
  readonly #server: WebSocketServer;
  readonly #rate: AttemptsPerMinute;
  readonly #peers = new Map<number, WebSocketPeer>();
  readonly #paused = new Set<WebSocketPeer>();
  readonly #surroundings;
  readonly #maxPayload: number;
  #lastNumber = 0;
  #beats = 0;
  #isStopping = false;
  #stopBeating: () => void;
  #stopResuming: (() => void) | undefined;

  constructor(options: WebSocketOptions) {
    const { limits, clock, log } = options;
    this.#options = options;
    this.#rate = new AttemptsPerMinute(limits.connectsPerMinute);
    const maxPayload = Math.min(limits.documentBytes + AROUND_AN_UPDATE, LARGEST_PAYLOAD);
    this.#maxPayload = maxPayload;
    const serverOptions: ServerOptions<typeof RelayWebSocket> & BeyondTypes = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      maxFragments: Math.ceil(maxPayload / SMALLEST_FRAGMENT),
      maxBufferedChunks: Math.ceil(maxPayload / SMALLEST_SEGMENT),
      closeTimeout: CLOSE_MS,
      WebSocket: RelayWebSocket,
      handleProtocols: answeredProtocol,
    };
    this.#server = new WebSocketServer(serverOptions);
    this.#server.on('error', (error) => log.error({ err: error }, 'WebSocket server'));
    this.#server.on('wsClientError', (error, socket) => refuseUpgrade(socket, { rejection: 'malformed', reason: `${error.message}.` }));
    this.#surroundings = { limits, clock, log, paused: (peer: WebSocketPeer) => this.#resumeLater(peer) };
    this.#stopBeating = clock.after(limits.pingMs / BEATS_PER_PING, () => this.#beat());
  }

  get count(): number {
    return this.#peers.size;
  }

  /** Listens to `upgrade` of an HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // From here on Node's server has nothing to do with the socket, and an error nobody listens to ends the process.
    socket.on('error', destroyThis);
    const host = requestedHost(request);
    const verdict = judge({ host, origin: request.headers.origin }, this.#options.rules);
    const document = verdict.type === 'refused' ? { rejection: verdict.rejection } : this.#admit(request);
    if (typeof document === 'string') {
      this.#server.handleUpgrade(request, socket, head, (ws) => {
        if (ws instanceof RelayWebSocket) this.#accept(ws, request, document);
      });
      return;
    }
    this.#options.log.info({ ip: request.socket.remoteAddress, rejection: document.rejection }, 'upgrade refused');
    const cors = corsHeaders(verdict.type === 'admitted' ? verdict.foreignOrigin : undefined);
    refuseUpgrade(socket, { ...document, headers: { ...cors, ...document.headers } });
  }

  /** Nobody gets in any more, and what is still in the lines stays there. */
  stopReading(): void {
    this.#isStopping = true;
    for (const peer of this.#peers.values()) peer.stopReading();
  }

  /** Tells everybody that the relay is restarting; whoever does not close within `deadlineMs` is cut off. */
  async close(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#stopBeating();
    this.#stopResuming?.();
    for (const peer of this.#peers.values()) peer.close('restarting');
    const { clock } = this.#options;
    const endsAt = clock.now() + deadlineMs;
    while (this.#peers.size > 0 && clock.now() < endsAt) {
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
    for (const peer of this.#peers.values()) peer.terminate();
    this.#server.close();
  }

  /** Which document somebody may knock at, or why not (R1, R2). */
  #admit(request: IncomingMessage): DocumentId | Refusal {
    const { limits, clock, access, otherConnections } = this.#options;
    if (this.#isStopping) return { rejection: 'restarting', headers: retryAfter(RESTART_MS) };
    const waitMs = this.#rate.attempt(request.socket.remoteAddress ?? '', clock.now());
    if (waitMs > 0) return { rejection: 'too-fast', headers: retryAfter(waitMs) };
    const failedMs = access.waitMs(request.socket.remoteAddress ?? '');
    if (failedMs > 0) return { rejection: 'too-fast', headers: retryAfter(failedMs) };
    if (this.#peers.size + (otherConnections?.() ?? 0) >= limits.connections) return { rejection: 'full', headers: retryAfter(FULL_MS) };
    const document = documentIdOfUpgrade(request.url);
    if (document === undefined) return { rejection: 'not-found' };
    if (isSecretAlone(request.headers['sec-websocket-protocol'])) return { rejection: 'malformed', reason: SECRET_ALONE };
    return document;
  }

  #accept(ws: RelayWebSocket, request: IncomingMessage, document: DocumentId): void {
    const number = ++this.#lastNumber;
    const peer = new WebSocketPeer(ws, request.socket, `ws-${number}`, this.#surroundings);
    ws.peer = peer;
    ws.smallFrames = readSmallFrames(request.socket, peer, this.#maxPayload);
    this.#peers.set(number, peer);
    ws.on('message', onMessage);
    ws.on('ping', onPing);
    ws.on('pong', onPong);
    ws.on('error', onError);
    ws.on('close', () => {
      this.#peers.delete(number);
      this.#paused.delete(peer);
      peer.closed();
    });
    request.socket.on('drain', () => peer.drained());
    void this.#join({ document, secret: secretOfUpgrade(request.headers), address: request.socket.remoteAddress ?? '' }, peer);
  }

  async #join(comer: Comer, peer: WebSocketPeer): Promise<void> {
    const { access, join } = this.#options;
    try {
      peer.admit(await access.enter(comer, peer));
      if (!peer.isOver) peer.enter(await join(comer.document, peer));
    } catch (error) {
      if (!(error instanceof Rejected)) this.#options.log.error({ label: peer.label, err: error }, 'a room could not be opened');
      peer.close(error instanceof Rejected ? error.rejection : 'unreadable', error instanceof Rejected ? error.message : undefined);
    }
  }

  /** Each beat pings its share of the peers, so that pings do not all leave in one moment. */
  #beat(): void {
    const { limits, clock } = this.#options;
    this.#stopBeating = clock.after(limits.pingMs / BEATS_PER_PING, () => this.#beat());
    const share = ++this.#beats % BEATS_PER_PING;
    for (const [number, peer] of this.#peers) peer.beat(number % BEATS_PER_PING === share);
  }

  #resumeLater(peer: WebSocketPeer): void {
    this.#paused.add(peer);
    this.#stopResuming ??= this.#options.clock.after(RESUME_MS, () => this.#resumePaused());
  }

  #resumePaused(): void {
    this.#stopResuming = undefined;
    for (const peer of this.#paused) if (peer.readOn()) this.#paused.delete(peer);
    if (this.#paused.size > 0) this.#stopResuming ??= this.#options.clock.after(RESUME_MS, () => this.#resumePaused());
  }
}

function retryAfter(ms: number): Record<string, string> {
  return { 'Retry-After': String(Math.ceil(ms / 1000)) };
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  // Of ws's three forms, the relay's sockets only ever deliver this one (binaryType “nodebuffer”).
  if (this instanceof RelayWebSocket && Buffer.isBuffer(data)) this.peer?.received(data, isBinary);
}

function onPing(this: WebSocket): void {
  if (this instanceof RelayWebSocket) this.peer?.pinged();
}

function onPong(this: WebSocket): void {
  if (this instanceof RelayWebSocket) this.peer?.ponged();
}

function onError(this: WebSocket, error: Error): void {
  if (!(this instanceof RelayWebSocket)) return;
  this.smallFrames?.end();
  this.peer?.failed(error);
}

function destroyThis(this: Duplex): void {
  this.destroy();
}
