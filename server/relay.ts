/** The relay as a whole: the only place where its parts are put together, and taken apart again in the reverse order. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DocumentId } from '../src/shared/protocol/routes';
import { AttemptsPerMinute } from './access/attempts-per-minute';
import { ownNames } from './access/hosts';
import type { RelayConfig } from './config';
import { listen } from './listen';
import { rehearse } from './rehearsal';
import { openRelayAccess } from './relay-access';
import { openReading } from './relay-reading';
import { CompactionRunner } from './rooms/history/compaction-runner';
import type { LinkStore } from './rooms/link-store';
import type { DocumentStore, Log } from './rooms/ports';
import { Rooms } from './rooms/rooms';
import { newRelayId, openDataFolder } from './storage/data-folder';
import { LevelLinkStore } from './storage/level-link-store';
import { MemoryLinkStore } from './storage/memory-link-store';
import { MemoryStore } from './storage/memory-store';
import { systemClock } from './system-clock';
import { readTlsPair } from './tls-files';
import { TlsRenewal } from './tls-renewal';
import { addDocumentsRoutes } from './transports/documents-routes';
import { HealthCheck } from './transports/health-check';
import { buildHttp } from './transports/http';
import { addLinksRoutes } from './transports/links-routes';
import { LoopLag } from './transports/loop-lag';
import { listenToUpgrades } from './transports/upgrades';
import { WebSockets } from './transports/websocket';

export interface Relay {
  /** What opens in a browser on this machine: `http://127.0.0.1:4321`. */
  readonly address: string;
  /** Saves what is there, tells everybody, and lets go of everything. Takes at most ten seconds; rejects when the store hangs. */
  stop(): Promise<void>;
}

export interface RelayOptions {
  readonly config: RelayConfig;
  readonly log: Log;
  readonly version: string;
  /** Where documents are kept, if not where the configuration says. */
  readonly openStore?: () => Promise<OpenStore>;
}

export interface OpenStore {
  readonly store: DocumentStore;
  readonly links: LinkStore;
  readonly relayId: string;
  /** Where the relay's key is kept; `undefined` where nothing is. Absolute. */
  readonly folder: string | undefined;
}

/** How long stopping may take for what is not on disk yet, then for goodbyes, and with letting go as a whole. Milliseconds. */
const DRAIN_MS = 6_000;
const GOODBYE_MS = 1_500;
const STOP_MS = 9_000;
/** Documents that nobody opens are looked through for long tails this often. Milliseconds. */
const SWEEP_MS = 10 * 60_000;

/** Both are beside main.js once built. */
const COMPACTION_WORKER = new URL('./compaction-worker.js', import.meta.url);
const RENDERER = fileURLToPath(new URL('../renderer', import.meta.url));

/** @throws {StartError} with one sentence for a person; nothing stays open then. */
export async function startRelay({ config, log, version, openStore = () => openStoreOf(config, log) }: RelayOptions): Promise<Relay> {
  const { limits, documents } = config;
  const tls = config.tls === undefined ? undefined : { files: config.tls, pair: await readTlsPair(config.tls, systemClock.wallTime()) };
  const { store, links: linkStore, relayId, folder } = await openStore();
  const { access, addresses, links, guard, newKeyFile } = await openRelayAccess({ config, log, store: linkStore, folder }).catch(
    async (error: unknown) => {
      await store.close();
      throw error;
    },
  );
  const compactor = new CompactionRunner(COMPACTION_WORKER, systemClock);
  const rooms = new Rooms({ store, compactor, clock: systemClock, limits, documents, log });
  const rules = {
    names: ownNames(hostname(), config.publicUrl),
    origins: config.origins,
    publicOrigin: config.publicUrl === undefined ? undefined : new URL(config.publicUrl).origin,
  };
  const lag = new LoopLag({ clock: systemClock, log });
  const health = new HealthCheck({
    relay: relayId,
    version,
    durable: store.durable,
    documentBytes: limits.documentBytes,
    access: config.access,
    creators: guard.creators,
    clock: systemClock,
    lag,
    checkStore: () => checkStore(store, rooms, log),
  });
  const rate = new AttemptsPerMinute(limits.connectsPerMinute);
  const webSockets = new WebSockets({
    limits,
    rules,
    clock: systemClock,
    log,
    rate,
    addresses,
    access,
    join: (document, peer) => rooms.join(document, peer),
    otherConnections: () => reading.streams.count,
  });
  const reading = openReading({ rooms, access, guard, limits, log, rate, addresses, webSockets: () => webSockets.count });
  const deleteDocument = (document: DocumentId): Promise<void> =>
    rooms.delete(document, async () => {
      // The owner's secret last: what is interrupted before can be asked for again.
      await store.remove(document);
      await links.forget(document);
      access.live.end(document, undefined, 'the document was deleted', 'deleted');
    });
  const http = await buildHttp({
    rules,
    addresses,
    clock: systemClock,
    log,
    tls: tls?.pair,
    renderer: RENDERER,
    connections: limits.connections,
    largestBody: limits.documentBytes,
    health: () => health.ask(),
    guard,
    addRoutes(app) {
      addDocumentsRoutes(app, { guard, access, links, random: randomBytes, storedDocuments: () => idsOf(store), deleteDocument });
      addLinksRoutes(app, { guard, access, links });
      return reading.addRoutes(app);
    },
  });
  listenToUpgrades(http.server, webSockets);

  const closeEverything = async (endsAt: number): Promise<void> => {
    reading.streams.close();
    await webSockets.close(GOODBYE_MS);
    await http.closeConnections();
    lag.stop();
    const closed = http.app.close().then(() => compactor.close());
    // The store lets go of its files whatever became of the others.
    const letGo = closed.finally(() => store.close());
    await within(endsAt - systemClock.now(), letGo, 'not everything could be let go of in time');
  };

  let address: string;
  try {
    address = await listen(http.server, { ...config, scheme: tls === undefined ? 'http' : 'https' });
  } catch (error) {
    await closeEverything(systemClock.now() + STOP_MS);
    throw error;
  }
  http.server.on('error', (error) => log.error({ err: error }, 'HTTP server'));
  // Only now: a relay that does not come up says why in one sentence, and nothing else.
  if (newKeyFile !== undefined) log.info({ file: newKeyFile }, "The relay's key, for making and listing documents, is in this file");
  const stopSweeping = sweepNowAndThen(rooms, log);
  // Whoever comes meanwhile is served in between.
  const goes = new AbortController();
  const rehearsed = rehearse({ limits, documents, clock: systemClock, log, signal: goes.signal });
  const renewal = tls && new TlsRenewal({ ...tls, clock: systemClock, log, use: http.renew });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const endsAt = systemClock.now() + STOP_MS;
    stopSweeping();
    renewal?.stop();
    goes.abort();
    http.server.close();
    webSockets.stopReading();
    reading.writers.stopReading();
    await rehearsed;
    await rooms.drain(DRAIN_MS);
    // What draining had to say leaves at the end of a turn.
    await new Promise<void>((resolve) => systemClock.atTurnEnd(resolve));
    await closeEverything(endsAt);
  };
  return {
    address,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Rejects with `why` when the work is not done in time; it goes on, and nobody waits for it. */
async function within(ms: number, work: Promise<void>, why: string): Promise<void> {
  let inTime = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    inTime = systemClock.after(ms, () => reject(new Error(why)));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    inTime();
  }
}

async function openStoreOf(config: RelayConfig, log: Log): Promise<OpenStore> {
  if (config.store === 'memory') {
    return { store: new MemoryStore(), links: new MemoryLinkStore(), relayId: newRelayId(randomBytes), folder: undefined };
  }
  const { store, relayId, path } = await openDataFolder({ path: config.data, random: randomBytes, clock: systemClock, log });
  return { store, links: new LevelLinkStore(store), relayId, folder: path };
}

async function* idsOf(store: DocumentStore): AsyncIterable<DocumentId> {
  for await (const { document } of store.list()) yield document;
}

async function checkStore(store: DocumentStore, rooms: Rooms, log: Log): Promise<void> {
  try {
    await store.check();
  } catch (error) {
    log.error({ err: error }, 'the store failed its check');
    throw error;
  }
  if (rooms.stats().storageFailing) throw new Error('Edits wait for the store.');
}

/** The first look is at once: a killed relay leaves long tails. */
function sweepNowAndThen(rooms: Rooms, log: Log): () => void {
  const sweep = (): void => {
    const startedAt = systemClock.now();
    rooms.sweep().then(
      () => log.info({ ms: Math.round(systemClock.now() - startedAt) }, 'all documents with long tails are compacted'),
      (error: unknown) => log.error({ err: error }, 'looking for long tails failed'),
    );
    cancel = systemClock.after(SWEEP_MS, sweep);
  };
  let cancel = systemClock.after(0, sweep);
  return () => cancel();
}
