/** A relay's rooms behind real HTTP and WebSocket, with a store, an authoriser and times that a test has in its hands. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Access } from '../../server/access/access';
import { AttemptsPerMinute } from '../../server/access/attempts-per-minute';
import { ClientAddresses } from '../../server/access/client-addresses';
import type { Authoriser, Grant } from '../../server/access/grants';
import { LiveGrants } from '../../server/access/live-grants';
import { openAccess } from '../../server/access/open-access';
import { RelayKey } from '../../server/access/relay-key';
import { openReading } from '../../server/relay-reading';
import { compactDocument } from '../../server/rooms/history/compaction';
import { DEFAULT_LIMITS, type RelayLimits } from '../../server/rooms/limits';
import { Rooms } from '../../server/rooms/rooms';
import { MemoryStore } from '../../server/storage/memory-store';
import { systemClock } from '../../server/system-clock';
import { buildHttp } from '../../server/transports/http';
import { RouteGuard } from '../../server/transports/route-guard';
import { listenToUpgrades } from '../../server/transports/upgrades';
import { WebSockets } from '../../server/transports/websocket';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Health } from '../../src/shared/protocol/routes';
import type { CertificateForTest } from './certificate';
import { KeptLog } from './kept-log';

export interface ReadingServerOptions {
  readonly limits?: Partial<RelayLimits>;
  readonly lifetimeMs?: number;
  readonly authoriser?: Authoriser;
  /** Over TLS: HTTP/2 and HTTP/1.1. */
  readonly tls?: CertificateForTest;
}

export type ReadingServer = Awaited<ReturnType<typeof startReadingServer>>;

const running = new Set<{ stop(): Promise<void> }>();

/** For `afterEach`. */
export async function endReadingServers(): Promise<void> {
  for (const server of running) await server.stop();
  running.clear();
}

/** Secrets and what they stand for, changed at will. */
export class SecretsForTest implements Authoriser {
  readonly #grants = new Map<string, Omit<Grant, 'document'> & { readonly document?: string }>();

  set(secret: string, grant: Partial<Grant>): this {
    this.#grants.set(secret, { role: 'viewer', isOwner: false, key: secret, ...grant });
    return this;
  }

  delete(secret: string): void {
    this.#grants.delete(secret);
  }

  async authorise(secret: string | undefined, document: Grant['document']): Promise<Grant> {
    const grant = this.#grants.get(secret ?? '');
    if (grant === undefined || (grant.document ?? document) !== document) throw new Rejected('unauthorized');
    return { ...grant, document };
  }
}

export async function startReadingServer({ limits: changed = {}, lifetimeMs, authoriser = openAccess, tls }: ReadingServerOptions = {}) {
  const clock = systemClock;
  const log = new KeptLog();
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const store = new MemoryStore();
  const rooms = new Rooms({
    store,
    compactor: { compact: async (input) => compactDocument(input) },
    clock,
    limits,
    documents: 'text',
    log,
  });
  const live = new LiveGrants({ clock, log });
  const access = new Access({ authoriser, live, failures: new AttemptsPerMinute(limits.failuresPerMinute), clock });
  const addresses = new ClientAddresses([]);
  const guard = new RouteGuard({
    access,
    addresses,
    relayKey: new RelayKey(async () => randomBytes(18).toString('base64url')),
    isLocal: true,
  });
  const rules = { names: new Set<string>(), origins: [], publicOrigin: undefined };
  const rate = new AttemptsPerMinute(limits.connectsPerMinute);
  const webSockets = new WebSockets({
    limits,
    rules,
    clock,
    log,
    rate,
    addresses,
    access,
    join: (document, peer) => rooms.join(document, peer),
    otherConnections: () => streams.count,
  });
  const { streams, writers, addRoutes } = openReading({
    rooms,
    access,
    guard,
    limits,
    log,
    rate,
    addresses,
    webSockets: () => webSockets.count,
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
  });
  const health = async (): Promise<Health> => ({
    status: 'ok',
    // As socketRequest() has it: whoever was long silent is asked who it is.
    relay: 'r1',
    version: '0',
    checks: {},
    limits: { documentBytes: limits.documentBytes },
    durable: false,
    access: 'links',
    creators: 'anyone',
  });
  const { server, app, closeConnections, renew } = await buildHttp({
    rules,
    addresses,
    clock,
    log,
    tls: tls && { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) },
    renderer: '/nowhere',
    connections: limits.connections,
    largestBody: limits.documentBytes,
    health,
    guard,
    addRoutes,
  });
  listenToUpgrades(server, webSockets);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started = {
    port,
    address: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    webSocketAddress: `ws${tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    log,
    rooms,
    live,
    streams,
    writers,
    webSockets,
    store,
    renew,
    /** TCP connections. */
    sockets: () =>
      new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    /** Cuts every connection but WebSockets, as a network does. */
    cut(): void {
      server.closeAllConnections();
    },
    async stop(): Promise<void> {
      streams.close();
      await webSockets.close(0);
      await closeConnections();
      await app.close();
    },
  };
  running.add(started);
  return started;
}
