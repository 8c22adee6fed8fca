import { parseConfig } from '../../server/config';
import { type Relay, startRelay } from '../../server/relay';
import type { DocumentStore } from '../../server/rooms/ports';
import { MemoryLinkStore } from '../../server/storage/memory-link-store';
import { KeptLog } from './kept-log';

export interface RelayOnStore {
  readonly relay: Relay;
  /** What y-websocket takes. */
  readonly webSocketAddress: string;
  readonly log: KeptLog;
}

/** The whole relay over real sockets, on a store that a test has in its hands, open to all. No built page is beside it. */
export async function startRelayOn(store: DocumentStore, flags: readonly string[] = []): Promise<RelayOnStore> {
  const command = parseConfig(['--access', 'open', '--port', '0', '--data', '/nowhere', ...flags], {});
  if (command.type !== 'run') throw new Error('wrong flags');
  const log = new KeptLog();
  const openStore = async () => ({ store, links: new MemoryLinkStore(), relayId: 'relay-of-a-test', folder: undefined });
  const relay = await startRelay({ config: command.config, log, version: '0.0.0', openStore });
  return { relay, webSocketAddress: relay.address.replace('http', 'ws'), log };
}
