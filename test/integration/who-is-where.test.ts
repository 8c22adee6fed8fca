import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/renderer/documents/clock';
import type { Key } from '../../src/renderer/documents/keyring';
import type { RelayWatchParts } from '../../src/renderer/presence/relay-watch';
import { placeKey, type WatchedDocument, watchWhoIsWhere } from '../../src/renderer/presence/who-is-where';
import { lookUpRelay } from '../../src/renderer/session/relay-lookup';
import type { StreamRequest } from '../../src/renderer/streams/event-stream';
import { feedStreams } from '../../src/renderer/streams/feed-streams';
import { ObservableValue } from '../../src/shared/observable';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { MemoryKeyring } from '../support/memory-keyring';
import { endReadingServers, startReadingServer } from '../support/reading-server';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  endStockClients();
  await Promise.all([endRelays(), endReadingServers()]);
});

const { fetch } = globalThis;
const OWNER: Omit<Key, 'secret'> = { isUnclaimed: false, link: undefined, role: 'editor', isOwner: true };

/** A list of documents, as one browser shows it. */
async function open(
  relay: { readonly address: string },
  ids: readonly string[],
  { keyring = new MemoryKeyring(), lookUp = lookUpReally }: { keyring?: MemoryKeyring; lookUp?: RelayWatchParts['lookUp'] } = {},
) {
  const relayId = (await lookUp(relay.address))?.relay ?? expect.unreachable();
  const documents = new ObservableValue<readonly WatchedDocument[]>(
    ids.map((id) => ({ address: { relay: relay.address, document: id as DocumentId }, relayId })),
  );
  const isLookedAt = new ObservableValue(true);
  const requests: StreamRequest[] = [];
  const openStream = feedStreams({ fetch, clock: systemClock });
  const watch = watchWhoIsWhere({
    documents,
    isLookedAt,
    isMe: () => false,
    lookUp,
    keyring,
    openStream: (request, watcher) => {
      requests.push(request);
      return openStream(request, watcher);
    },
    clock: systemClock,
    chance: Math.random,
  });
  ends.push(() => watch.stop());
  const names = (id: string) =>
    watch.current
      .get(placeKey({ relay: relay.address, document: id as DocumentId }))
      ?.map(({ name }) => name)
      .join();
  return { names, isLookedAt, documents, requests, watch };
}

async function lookUpReally(address: string): ReturnType<RelayWatchParts['lookUp']> {
  const lookup = await lookUpRelay(address, { fetch, signal: AbortSignal.timeout(5_000) });
  return lookup.type === 'found' ? lookup.health : undefined;
}

async function create(relay: RelayProcess, document: string, secret: string): Promise<void> {
  const body = JSON.stringify({ document, secret });
  const answer = await fetch(`${relay.address}/documents`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  expect(answer.status).toBe(201);
}

describe('who is where, at a real relay', () => {
  it('is what the relay knows: who comes and goes, nothing while it is away, and everyone again when it is back', async () => {
    const relay = await startRelayProcess();
    const ids = Array.from({ length: 20 }, (_, index) => `document-${index}`);
    const { names, watch } = await open(relay, ids);
    await until('every list is there', () => ids.every((id) => names(id) === ''));
    const ada = await new StockClient(relay.webSocketAddress, 'document-3', { name: 'Ada' }).synced();
    const grace = await new StockClient(relay.webSocketAddress, 'document-3', { name: 'Grace' }).synced();
    await until('both are seen', () => names('document-3') === 'Ada,Grace');
    grace.destroy();
    await until('one is seen', () => names('document-3') === 'Ada');
    await relay.kill9();
    await until('nothing is known', () => watch.current.size === 0);
    const again = await relay.startAgain();
    expect(again.address).toBe(relay.address);
    await until('all are known again', () => ids.every((id) => names(id) !== undefined), 20_000);
    await until('Ada is back, as the relay says', () => names('document-3') === 'Ada', 20_000);
    ada.destroy();
    await until('nobody is seen', () => names('document-3') === '');
  });

  it('is told of what there is a key for, and nothing else is tried', async () => {
    const relay = await startRelayProcess({ flags: ['--access', 'links'] });
    const secret = 'o'.repeat(43);
    await create(relay, 'mine', secret);
    const keyring = new MemoryKeyring();
    await keyring.keep({ relay: relay.address, document: 'mine' as DocumentId }, { secret, ...OWNER });
    const { names, requests } = await open(relay, ['mine', 'theirs'], { keyring });
    await until('mine is known', () => names('mine') === '');
    expect(requests.map(({ document }) => document)).toEqual(['mine']);
    expect(names('theirs')).toBeUndefined();
  });

  it('leaves nothing at the relay when nobody looks', async () => {
    const server = await startReadingServer();
    const { names, isLookedAt } = await open(server, ['one', 'two'], { lookUp: async () => ({ relay: 'relay', access: 'open' }) });
    await until('both are known', () => names('one') === '' && names('two') === '');
    expect(server.streams.count).toBe(1);
    isLookedAt.set(false);
    await until('no stream is open', () => server.streams.count === 0);
  });
});
