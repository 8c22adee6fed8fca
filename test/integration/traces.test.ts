import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { typeAsRecorded } from '../support/recorded-typist';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { readSingleTypist, readTwoTypists } from '../support/traces';

afterEach(async () => {
  endStockClients();
  await endRelays();
});

describe('real writing, sent again by stock clients', () => {
  it('of two people at once ends the same everywhere: both, a newcomer, the disk after a restart', async () => {
    const trace = readTwoTypists();
    let relay = await startRelayProcess({ flags: ['--no-limits'] });
    const typists = [0, 1].map(() => new StockClient(relay.webSocketAddress, 'friends'));
    await Promise.all(typists.map((typist) => typist.synced()));
    await Promise.all([0, 1].map((agent) => typeAsRecorded(trace, agent as 0 | 1, typists[agent] as StockClient)));
    for (const typist of typists) await typist.shows(trace.endContent, 60_000);

    relay = await restart(relay);
    expect(await textOnDisk(relay, 'friends')).toBe(trace.endContent);
    const newcomer = new StockClient((await relay.startAgain()).webSocketAddress, 'friends');
    await newcomer.shows(trace.endContent);
  }, 120_000);

  it('of one person ends the same for a second client and on the disk after a restart', async () => {
    const trace = readSingleTypist('automerge-paper');
    let relay = await startRelayProcess({ flags: ['--no-limits'] });
    const writer = new StockClient(relay.webSocketAddress, 'paper');
    const reader = new StockClient(relay.webSocketAddress, 'paper');
    await Promise.all([writer.synced(), reader.synced()]);
    let sent = 0;
    for (const _ of trace.typeInto(writer.content)) {
      // Lets what comes back be read, as it is while a person types.
      if (++sent % 2_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(writer.text).toBe(trace.endContent);
    await reader.shows(trace.endContent, 60_000);

    relay = await restart(relay);
    expect(await textOnDisk(relay, 'paper')).toBe(trace.endContent);
  }, 120_000);
});

async function restart(relay: RelayProcess): Promise<RelayProcess> {
  expect(await relay.stop()).toBe(0);
  const again = await relay.startAgain();
  await again.untilCompacted();
  expect(await again.stop()).toBe(0);
  return again;
}

async function textOnDisk(relay: RelayProcess, document: string): Promise<string> {
  const store = await LevelDbStore.open(`${relay.data}/documents`, new KeptLog());
  const stored = await store.load(document as DocumentId);
  await store.close();
  const doc = new Y.Doc();
  for (const update of [stored?.snapshot, ...(stored?.tail ?? [])]) if (update !== undefined) Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}
