/**
 * The WebSocket transport: who gets in, and what all connections share. One timer pings everybody, one lets paused
 * readers go on: an idle connection costs memory only for itself.
 *
 * R1  Host, Origin, rate and number of connections are judged before anything else is looked at.
 * R2  A broken id is refused before a room or a store hears of it.
 * R3  Whatever a client sends costs its connection at most: every emitter has an error listener.
 * R4  A wrong secret is told by a close code, because a browser cannot see the status of an upgrade that failed; not a frame is
 *     read before, and no room is opened.
 * R5  However many come at once, those who are there are served in between (slices.ts). Whoever waits to be let in counts as a
 *     connection.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Access, Comer } from '../access/access';
import type { AttemptsPerMinute } from '../access/attempts-per-minute';
import type { ClientAddresses } from '../access/client-addresses';
import { requestedHost } from '../access/hosts';
import { type AccessRules, corsHeaders, judge } from '../access/origins';
import type { RelayLimits } from '../rooms/limits';
import type { Member } from '../rooms/members/member';
import type { Clock, Log } from '../rooms/ports';
import { documentIdOfUpgrade, isSecretAlone, type Refusal, refuseUpgrade, SECRET_ALONE } from './handshake';
import { RelayWebSocket } from './relay-websocket';
import { secretOfUpgrade } from './request-secret';
import { BEATS_PER_PING } from './signs-of-life';
import { Slices } from './slices';
import { WebSocketPeer } from './websocket-peer';
import { createWebSocketServer, listenTo } from './websocket-server';

export interface WebSocketOptions {
  readonly limits: RelayLimits;
  readonly rules: AccessRules;
  readonly clock: Clock;
  readonly log: Log;
  /** How often each address may connect: one for all transports. */
  readonly rate: AttemptsPerMinute;
  readonly addresses: ClientAddresses;
  /** Who may come in. */
  readonly access: Pick<Access, 'enter' | 'waitMs'>;
  /** Event streams: they count as connections too. */
  otherConnections?(): number;
  /** Throws {@link Rejected}. */
  join(document: DocumentId, peer: WebSocketPeer): Promise<Member>;
}

/**
 * Of one turn of the event loop, for letting clients in. What follows of it (a room's first words, the client's, the answer to
 * them) takes about as long again.
 */
const SLICE_MS = 5;
const RESUME_MS = 50;
/** What refused clients are told to wait. */
const FULL_MS = 10_000;
const RESTARTING: Refusal = { rejection: 'restarting', headers: retryAfter(1_000) };

export class WebSockets {
  readonly #options: WebSocketOptions;
  readonly #server: WebSocketServer;
  readonly #slices: Slices;
  readonly #peers = new Set<WebSocketPeer>();
  readonly #paused = new Set<WebSocketPeer>();
  readonly #surroundings;
  #lastNumber = 0;
  #beats = 0;
  #isStopping = false;
  #stopBeating: () => void;
  #stopResuming: (() => void) | undefined;

  constructor(options: WebSocketOptions) {
    const { limits, clock, log } = options;
    this.#options = options;
    this.#server = createWebSocketServer(limits, log);
    this.#slices = new Slices(clock, SLICE_MS);
    this.#surroundings = {
      limits,
      clock,
      log,
      paused: (peer: WebSocketPeer) => this.#resumeLater(peer),
      gone: (peer: WebSocketPeer) => this.#forget(peer),
    };
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
    const refuse = (refusal: Refusal): void => {
      this.#options.log.info({ ip: this.#options.addresses.of(request), rejection: refusal.rejection }, 'upgrade refused');
      const cors = corsHeaders(verdict.type === 'admitted' ? verdict.foreignOrigin : undefined);
      refuseUpgrade(socket, { ...refusal, headers: { ...cors, ...refusal.headers } });
    };
    if (typeof document !== 'string') {
      refuse(document);
      return;
    }
    this.#slices.add(() => {
      // Meanwhile it may have gone, or the relay may be about to go.
      if (socket.destroyed) return;
      if (this.#isStopping) refuse(RESTARTING);
      else this.#server.handleUpgrade(request, socket, head, (ws) => ws instanceof RelayWebSocket && this.#accept(ws, request, document));
    });
  }

  /** Nobody gets in any more, and what is still in the lines stays there. */
  stopReading(): void {
    this.#isStopping = true;
    for (const peer of this.#peers) peer.stopReading();
  }

  /** Tells everybody that the relay is restarting; whoever does not close within `deadlineMs` is cut off. */
  async close(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#stopBeating();
    this.#stopResuming?.();
    for (const peer of this.#peers) peer.close('restarting');
    const { clock } = this.#options;
    const endsAt = clock.now() + deadlineMs;
    while (this.#peers.size + this.#slices.waiting > 0 && clock.now() < endsAt) {
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
    for (const peer of this.#peers) peer.terminate();
    this.#server.close();
  }

  /** Which document somebody may knock at, or why not (R1, R2). */
  #admit(request: IncomingMessage): DocumentId | Refusal {
    const { limits, clock, rate, addresses, access, otherConnections } = this.#options;
    if (this.#isStopping) return RESTARTING;
    const address = addresses.of(request);
    const waitMs = rate.attempt(address, clock.now());
    if (waitMs > 0) return { rejection: 'too-fast', headers: retryAfter(waitMs) };
    const failedMs = access.waitMs(address);
    if (failedMs > 0) return { rejection: 'too-fast', headers: retryAfter(failedMs) };
    const connections = this.#peers.size + this.#slices.waiting + (otherConnections?.() ?? 0);
    if (connections >= limits.connections) return { rejection: 'full', headers: retryAfter(FULL_MS) };
    const document = documentIdOfUpgrade(request.url);
    if (document === undefined) return { rejection: 'not-found' };
    if (isSecretAlone(request.headers['sec-websocket-protocol'])) return { rejection: 'malformed', reason: SECRET_ALONE };
    return document;
  }

  #accept(ws: RelayWebSocket, request: IncomingMessage, document: DocumentId): void {
    const peer = new WebSocketPeer(ws, request.socket, ++this.#lastNumber, this.#surroundings);
    this.#peers.add(peer);
    listenTo(ws, request.socket, peer);
    void this.#join({ document, secret: secretOfUpgrade(request.headers), address: this.#options.addresses.of(request) }, peer);
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
    for (const peer of this.#peers) peer.beat(peer.number % BEATS_PER_PING === share);
  }

  #forget(peer: WebSocketPeer): void {
    this.#peers.delete(peer);
    this.#paused.delete(peer);
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

function destroyThis(this: Duplex): void {
  this.destroy();
}
