import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { systemClock } from '../../src/renderer/documents/clock';
import type { OpenSocket, SocketRequest } from '../../src/renderer/session/socket';
import { ReaderSocket } from '../../src/renderer/session/sockets/reader-socket';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { endProviderClients, ProviderClient, type ProviderClientOptions } from '../support/provider-client';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { SeenSocket, socketRequest } from '../support/seen-socket';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endProviderClients();
  endStockClients();
  await endReadingServers();
});

const { fetch } = globalThis;
const openReader: OpenSocket = (request) =>
  new ReaderSocket(request, { openStream: ownStreams({ fetch, clock: systemClock }), fetch, clock: systemClock });

function read(
  server: ReadingServer,
  changes: Partial<Omit<SocketRequest, 'document'>> = {},
  options: ProviderClientOptions = {},
): ProviderClient {
  return new ProviderClient(openReader, socketRequest({ relay: server.address, role: 'viewer', ...changes }), options);
}

const GRACE = { reader: { name: 'Grace', color: '#a1b2c3' } };

describe('the provider over a stream for readers', () => {
  it('follows the text and the people, is seen as one of them once, and does not see itself', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const grace = await read(server, GRACE).synced();
    await grace.shows('Hello');
    await until('they see each other', () => grace.others.join() === 'Ada' && ada.people.join() === 'Ada,Grace');
    ada.type('!');
    await grace.shows('Hello!');
    // Renewed presence comes too, without her.
    ada.provider.awareness.setLocalStateField('cursor', null);
    await until('what Ada does is seen', () => grace.others.join() === 'Ada');
    const eve = await read(server, { reader: { name: 'Eve', color: '#a1b2c3' } }).synced();
    await until('readers see each other', () => grace.others.join() === 'Ada,Eve' && eve.others.join() === 'Ada,Grace');
    expect(ada.people.join()).toBe('Ada,Eve,Grace');
    grace.destroy();
    await until('she is gone', () => ada.people.join() === 'Ada,Eve', 1_000);
    eve.destroy();
    await until('nothing is left', () => server.streams.count === 0 && server.writers.count === 0, 1_000);
  });

  it('sends nothing up, however much is written into its copy', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper').synced();
    ada.type('Hello');
    const grace = await read(server).synced();
    await grace.shows('Hello');
    grace.type(' from nobody');
    for (const type of ['update', 'sync-reply'] as const)
      grace.socket.send(encodeFrame({ type, update: Y.encodeStateAsUpdate(grace.doc) }) as Uint8Array<ArrayBuffer>);
    ada.type('!');
    await until('she sees what Ada wrote', () => grace.text.includes('!'));
    expect(ada.text).toBe('Hello!');
  });

  it('another name is seen by the others, who see one person', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    const grace = await read(server, GRACE).synced();
    await until('she is seen', () => ada.people.join() === 'Ada,Grace');
    grace.callMyself('Admiral Hopper');
    await until('her new name is seen', () => ada.people.join() === 'Ada,Admiral Hopper', 3_000);
    ada.type('Aye');
    await grace.shows('Aye');
    await until('she does not see herself', () => grace.others.join() === 'Ada');
    expect([grace.opened, grace.closes]).toEqual([1, []]);
  });

  it('is asked whether it lives, and does', async () => {
    const server = await startReadingServer();
    const seen = await new SeenSocket(openReader, socketRequest({ relay: server.address, role: 'viewer' })).isOpen();
    await seen.has('sync-reply');
    const before = seen.types.filter((type) => type === 'awareness').length;
    seen.send({ type: 'query-awareness' });
    await seen.has('awareness', before + 1);
    seen.socket.close();
  });

  it('ends with 4401 when its grant does', async () => {
    const secrets = new SecretsForTest().set('good', { role: 'viewer' });
    const server = await startReadingServer({ authoriser: secrets });
    const grace = await read(server, { secret: 'good' }).synced();
    server.live.end(socketRequest().document, 'good', 'revoked');
    await until('she is told', () => grace.closes.length === 1, 2_000);
    expect(grace.closes[0]?.code).toBe(4401);
    const stranger = read(server, { secret: 'bad' });
    await until('he is told', () => stranger.closes.length === 1, 2_000);
    expect([stranger.closes[0]?.code, stranger.opened]).toEqual([4401, 0]);
  });
});

describe('a reader whose line is cut at any moment', () => {
  it('goes on after its last event: without a gap, and without everything anew', async () => {
    const random = randomFrom(seedFromEnvironment());
    const server = await startReadingServer({ limits: { connectsPerMinute: 2 ** 31 } });
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('x'.repeat(20_000));
    const replies: number[] = [];
    const counting: OpenSocket = (request) => {
      const socket = openReader(request);
      return new Proxy(socket, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
        set: (target, name, value) => {
          if (name !== 'onmessage' || value === null) return Reflect.set(target, name, value);
          return Reflect.set(target, name, (event: { data: ArrayBuffer }) => {
            const [type, step] = new Uint8Array(event.data);
            if (type === 0 && step === 1) replies.push(event.data.byteLength);
            value(event);
          });
        },
      });
    };
    const grace = await new ProviderClient(counting, socketRequest({ relay: server.address, role: 'viewer' })).synced();
    await until('she has it', () => grace.text === ada.text);
    for (let cut = 0; cut < 30; cut++) {
      for (let key = below(random, 10); key > 0; key--) ada.type(String(cut % 10));
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
      server.cut();
      await until('she noticed', () => grace.provider.ws === null);
      for (let key = below(random, 10); key > 0; key--) ada.type('.');
      grace.connectAgain();
      await until('she is back', () => grace.provider.synced);
    }
    await until('she has everything', () => grace.text === ada.text);
    expect(replies).toHaveLength(31);
    expect(replies[0]).toBeGreaterThan(20_000);
    expect(Math.max(...replies.slice(1))).toBeLessThan(2_000);
    expect(Y.encodeStateVector(grace.doc)).toEqual(Y.encodeStateVector(ada.doc));
  });
});
