/** The relay's rooms behind real sockets, over a store that a test holds in its hands. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { AttemptsPerMinute } from '../../server/access/attempts-per-minute';
import { ClientAddresses } from '../../server/access/client-addresses';
import { compactDocument } from '../../server/rooms/history/compaction';
import { DEFAULT_LIMITS, type RelayLimits } from '../../server/rooms/limits';
import type { DocumentStore } from '../../server/rooms/ports';
import { Rooms } from '../../server/rooms/rooms';
import { systemClock } from '../../server/system-clock';
import { WebSockets } from '../../server/transports/websocket';
import { KeptLog } from './kept-log';
import { openDoor } from './open-door';

export interface RelayInProcess {
  /** What y-websocket takes. */
  readonly webSocketAddress: string;
  readonly rooms: Rooms;
  /** Cuts every connection, as a network does. */
  cut(): void;
}

/** Ends with the test. */
export async function startRelayInProcess(store: DocumentStore, some: Partial<RelayLimits> = {}): Promise<RelayInProcess> {
  const log = new KeptLog();
  const limits = { ...DEFAULT_LIMITS, connectsPerMinute: 10_000, ...some };
  const compactor = { compact: async (input: Parameters<typeof compactDocument>[0]) => compactDocument(input) };
  const rooms = new Rooms({ store, compactor, clock: systemClock, limits, documents: 'text', log });
  const rules = { names: new Set<string>(), origins: [], publicOrigin: undefined };
  const access = openDoor({ clock: systemClock, log });
  const webSockets = new WebSockets({
    limits,
    rules,
    clock: systemClock,
    log,
    rate: new AttemptsPerMinute(limits.connectsPerMinute),
    addresses: new ClientAddresses([]),
    access,
    join: (document, peer) => rooms.join(document, peer),
  });
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  server.on('upgrade', (request, socket, head) => webSockets.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await webSockets.close(100);
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    webSocketAddress: `ws://127.0.0.1:${portOf(server)}`,
    rooms,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
