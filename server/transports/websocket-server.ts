/**
 * What the relay takes from ws, and how it listens to it.
 *
 * R1  A message has a limit in bytes and in parts, so that what is not yet whole has one too.
 * R2  The listeners are the same functions for all connections: an idle one costs memory only for itself.
 */
import type { Socket } from 'node:net';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { RelayLimits } from '../rooms/limits';
import type { Log } from '../rooms/ports';
import { answeredProtocol, refuseUpgrade } from './handshake';
import { RelayWebSocket } from './relay-websocket';
import { readSmallFrames } from './small-frames';
import type { WebSocketPeer } from './websocket-peer';

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

export function createWebSocketServer(limits: RelayLimits, log: Log): WebSocketServer {
  const maxPayload = largestMessage(limits);
  const options: ServerOptions<typeof RelayWebSocket> & BeyondTypes = {
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
  const server = new WebSocketServer(options);
  server.on('error', (error) => log.error({ err: error }, 'WebSocket server'));
  server.on('wsClientError', (error, socket) => refuseUpgrade(socket, { rejection: 'malformed', reason: `${error.message}.` }));
  return server;
}

function largestMessage({ documentBytes }: RelayLimits): number {
  return Math.min(documentBytes + AROUND_AN_UPDATE, LARGEST_PAYLOAD);
}

/** A socket that tells a peer when everything written has been taken. */
interface PeerSocket extends Socket {
  [PEER]?: WebSocketPeer;
}

const PEER = Symbol('peer');

/** From now on the peer hears of everything that comes by this connection. */
export function listenTo(ws: RelayWebSocket, socket: PeerSocket, peer: WebSocketPeer): void {
  ws.peer = peer;
  socket[PEER] = peer;
  ws.smallFrames = readSmallFrames(socket, peer, largestMessage(peer.limits));
  ws.on('message', onMessage);
  ws.on('ping', onPing);
  ws.on('pong', onPong);
  ws.on('error', onError);
  ws.on('close', onClose);
  socket.on('drain', onDrain);
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

function onClose(this: WebSocket): void {
  if (this instanceof RelayWebSocket) this.peer?.closed();
}

function onDrain(this: PeerSocket): void {
  this[PEER]?.drained();
}
