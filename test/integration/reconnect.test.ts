import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { untilSaved } from '../support/honest-pair';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { openSlowLine } from '../support/slow-line';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

describe('a stock client that reconnects', () => {
  it('a hundred times with nothing new stores nothing, and no sync frame reaches others', async () => {
    const relay = await startRelayProcess();
    const doc = new Y.Doc();
    const first = await new StockClient(relay.webSocketAddress, 'again', { doc }).synced();
    first.type('written once, and changed');
    first.content.delete(4, 8);
    await untilSaved(relay, 'again');
    first.destroy();
    const watcher = await new RawClient(`${relay.webSocketAddress}/again`).joined();
    const framesOf = () => watcher.frames.filter(({ type }) => type !== 'awareness').length;
    const [frames, bytes] = [framesOf(), relay.storedBytes()];
    for (let time = 0; time < 100; time++) {
      const client = await new StockClient(relay.webSocketAddress, 'again', { doc, name: 'Ada' }).synced();
      client.destroy();
    }
    await untilSaved(relay, 'again');
    expect(framesOf() - frames).toBe(0);
    expect(relay.storedBytes() - bytes).toBe(0);
  });
});

describe('twenty stock clients that move their cursors for five seconds', () => {
  it('are never closed, and nobody vanishes', async () => {
    const relay = await startRelayProcess();
    const names = Array.from({ length: 20 }, (_, index) => `Person ${String(index).padStart(2, '0')}`);
    const people = await Promise.all(names.map((name) => new StockClient(relay.webSocketAddress, 'cursors', { name }).synced()));
    people[0]?.type('some text to be in');
    await until('all see all', () => people.every((person) => person.people.length === 20));
    let vanished = 0;
    for (const person of people) {
      person.provider.awareness.on('change', ({ removed }: { removed: number[] }) => {
        vanished += removed.length;
      });
    }
    // A minute of it is among the load tests.
    const endsAt = performance.now() + 5_000;
    for (let move = 0; performance.now() < endsAt; move++) {
      for (const person of people) {
        const position = Y.createRelativePositionFromTypeIndex(person.content, move % 10);
        person.provider.awareness.setLocalStateField('cursor', { anchor: position, head: position });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(vanished).toBe(0);
    expect(people.flatMap(({ closes }) => closes)).toEqual([]);
    expect(people.every(({ people: seen }) => seen.join() === names.join())).toBe(true);
  }, 60_000);
});

describe('a client with offline edits that types 30 keys a second over a line of 300 ms while it joins', () => {
  it('costs one sync-request more, is refused nothing, and has everything saved', async () => {
    const relay = await startRelayProcess();
    const line = await openSlowLine(relay.port, 150);
    const doc = new Y.Doc();
    const content = doc.getText('content');
    for (let edit = 0; edit < 200; edit++) content.insert(content.length, 'offline ');
    let sent = 0;
    const client = new RawClient(`${line.webSocketAddress}/slow`, {
      protocols: [SUBPROTOCOL_WEFT],
      answer: () => {
        sent++;
        return Y.encodeStateAsUpdate(doc);
      },
    });
    await client.opened();
    client.send({ type: 'sync-request', stateVector: Y.encodeStateVector(doc) });
    doc.on('update', (update: Uint8Array) => {
      sent++;
      client.socket.send(encodeFrame({ type: 'update', update }));
    });
    for (let key = 0; key < 60; key++) {
      content.insert(content.length, 'k');
      await new Promise((resolve) => setTimeout(resolve, 33));
    }
    await until(
      'everything is saved',
      () => client.frames.findLast(({ type }) => type === 'progress') !== undefined && savedOf(client) === sent,
      15_000,
    );
    expect(client.closed).toBeUndefined();
    // One as for everybody, and one because what was typed meanwhile came before the offline edits.
    expect(client.count('sync-request')).toBeLessThanOrEqual(2);
    const reader = await new StockClient(relay.webSocketAddress, 'slow').synced();
    expect(reader.text).toBe(content.toString());
    client.destroy();
    await line.close();
  });
});

function savedOf(client: RawClient): number {
  const last = client.frames.findLast((frame) => frame.type === 'progress');
  return last?.type === 'progress' ? last.saved : 0;
}
