/**
 * A conversation with nobody, in memory, when a relay has come up: what runs in a process for the first time takes several
 * times as long, and the first person after a restart should not be the one who waits for it.
 *
 * R1  It is what a client's first moments are: the upgrade, a room with a stored document, an edit, somebody's cursor, the end.
 * R2  It needs no port and no file, and counts for nothing: not in the relay's log, its limits or its rooms.
 * R3  However it goes, it ends, and nothing of it stays; with the relay it ends at once.
 * R4  A relay that cannot rehearse is none the worse: what goes wrong is for the log.
 */
import type { Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { encodeFrame, type Frame, SUBPROTOCOL_WEFT } from '../src/shared/protocol/frames';
import type { DocumentId } from '../src/shared/protocol/routes';
import { Access } from './access/access';
import { AttemptsPerMinute } from './access/attempts-per-minute';
import { ClientAddresses } from './access/client-addresses';
import { LiveGrants } from './access/live-grants';
import { openAccess } from './access/open-access';
import { encodeSnapshot } from './rooms/history/stored-snapshot';
import type { RelayLimits } from './rooms/limits';
import type { Clock, Compactor, DocumentRules, Log } from './rooms/ports';
import { Rooms } from './rooms/rooms';
import { MemoryStore } from './storage/memory-store';
import { createHttpServer } from './transports/http-server';
import { WebSockets } from './transports/websocket';

export interface RehearsalOptions {
  readonly limits: RelayLimits;
  readonly documents: DocumentRules;
  readonly clock: Clock;
  readonly log: Pick<Log, 'debug'>;
  /** The relay goes. */
  readonly signal: AbortSignal;
}

const DOCUMENT = 'rehearsal' as DocumentId;
/** What Yjs makes of “Weft” written into `content` by client 1, then of a full stop behind it, then of its first letter deleted. */
const WRITTEN = Uint8Array.of(1, 1, 1, 0, 4, 1, 7, 99, 111, 110, 116, 101, 110, 116, 4, 87, 101, 102, 116, 0);
const ADDED = Uint8Array.of(1, 1, 1, 4, 132, 1, 3, 1, 46, 0);
const DELETED = Uint8Array.of(0, 1, 1, 1, 0, 1);
/** Client 1 is somebody called “W”. */
const PRESENCE = Uint8Array.of(1, 1, 1, 21, ...new TextEncoder().encode('{"user":{"name":"W"}}'));

/** What the client says once it is in; by then the room has said what it says to everybody who comes. */
const SAID: readonly Frame[] = [
  { type: 'sync-request', stateVector: Uint8Array.of(0) },
  { type: 'update', update: DELETED },
  { type: 'awareness', entries: PRESENCE },
];
/** For what a relay says by and by. Milliseconds. */
const LISTEN_MS = 100;

/** What the client heard, as it came over the wire; never rejects (R4). */
export async function rehearse(options: RehearsalOptions): Promise<Buffer> {
  try {
    return await converse(options);
  } catch (error) {
    options.log.debug({ err: error }, 'the rehearsal failed');
    return Buffer.alloc(0);
  }
}

async function converse({ limits, documents, clock, signal }: RehearsalOptions): Promise<Buffer> {
  const rooms = new Rooms({
    store: await storeWithDocument(),
    compactor: NO_COMPACTOR,
    clock,
    limits: { ...limits, graceMs: 0 },
    documents,
    log: SILENCE,
  });
  const webSockets = new WebSockets({
    limits,
    rules: { names: new Set(), origins: [], publicOrigin: undefined },
    clock,
    log: SILENCE,
    rate: new AttemptsPerMinute(limits.connectsPerMinute),
    addresses: new ClientAddresses([]),
    access: openToAll({ limits, clock }),
    join: (document, peer) => rooms.join(document, peer),
  });
  try {
    const server = serverOf(webSockets, clock);
    const [client, relay] = duplexPair();
    const heard = listenTo(client);
    server.emit('connection', relay);
    client.write(UPGRADE);
    for (const frame of SAID) client.write(webSocketMessage(encodeFrame(frame)));
    await untilHeard(clock, signal);
    client.end();
    return Buffer.concat(heard);
  } finally {
    await webSockets.close(0);
    await rooms.drain(0);
  }
}

function serverOf(webSockets: WebSockets, clock: Clock): Server {
  const { server } = createHttpServer({
    tls: undefined,
    connections: 1,
    largestBody: 0,
    clock,
    log: SILENCE,
    onRequest: (_request, response) => response.destroy(),
    onFull: (_request, response) => response.destroy(),
    onLate: (socket) => socket.destroy(),
  });
  server.on('upgrade', (request, socket, head) => webSockets.upgrade(request, socket, head));
  return server;
}

/** Resolves when all has been said, or the relay goes. */
function untilHeard(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      resolve();
    };
    const stop = clock.after(LISTEN_MS, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** As it is after a compaction, with one edit behind it. */
async function storeWithDocument(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.append(DOCUMENT, 1, [WRITTEN, ADDED]);
  await store.replaceUpTo(DOCUMENT, 1, encodeSnapshot(WRITTEN, new Map([[1, 4]]), Uint8Array.of(0)));
  return store;
}

function openToAll({ limits, clock }: Pick<RehearsalOptions, 'limits' | 'clock'>): Access {
  const failures = new AttemptsPerMinute(limits.failuresPerMinute);
  return new Access({ authoriser: openAccess, live: new LiveGrants({ clock, log: SILENCE }), failures, clock });
}

function listenTo(client: Duplex): Buffer[] {
  const heard: Buffer[] = [];
  client.on('data', (chunk: Buffer) => heard.push(chunk));
  client.on('error', nothing);
  return heard;
}

/** RFC 6455, section 4.1. */
const UPGRADE = [
  `GET /${DOCUMENT} HTTP/1.1`,
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  `Sec-WebSocket-Protocol: ${SUBPROTOCOL_WEFT}`,
  '\r\n',
].join('\r\n');

/** A whole binary message of less than 126 bytes from a client, under a mask that leaves it as it is (RFC 6455, section 5.2). */
function webSocketMessage(message: Uint8Array): Uint8Array {
  return Uint8Array.of(0x82, 0x80 | message.length, 0, 0, 0, 0, ...message);
}

function nothing(): void {
  // Nobody is there to be told.
}

const NO_COMPACTOR: Compactor = { compact: async () => ({ ok: false, reason: 'a rehearsal' }) };
const SILENCE: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
