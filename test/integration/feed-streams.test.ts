import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/renderer/documents/clock';
import type { OpenSocket, SocketRequest } from '../../src/renderer/session/socket';
import { HttpSocket } from '../../src/renderer/session/sockets/http-socket';
import { ReaderSocket } from '../../src/renderer/session/sockets/reader-socket';
import type { OpenStream } from '../../src/renderer/streams/event-stream';
import { feedStreams } from '../../src/renderer/streams/feed-streams';
import { until } from '../support/condition';
import { endProviderClients, ProviderClient } from '../support/provider-client';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { endReadingServers, SecretsForTest, startReadingServer } from '../support/reading-server';
import { socketRequest } from '../support/seen-socket';
import { SeenStream, streamRequest } from '../support/seen-stream';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endProviderClients();
  endStockClients();
  await endReadingServers();
});

const clock = systemClock;
const { fetch } = globalThis;

/** The sockets of one browser. */
function browser(openStream: OpenStream = feedStreams({ fetch, clock })): {
  readonly openStream: OpenStream;
  readonly openSocket: OpenSocket;
} {
  const parts = { openStream, fetch, clock, chance: Math.random };
  const openSocket = (request: SocketRequest) =>
    request.role === 'viewer' ? new ReaderSocket(request, parts) : new HttpSocket(request, parts);
  return { openStream, openSocket };
}

const grace = (relay: string, document: string, role: 'editor' | 'viewer') =>
  socketRequest({ relay, document, role, reader: { name: 'Grace', color: '#a1b2c3' } });

describe('one connection to a real relay', () => {
  it('carries readers and writers of many documents, and who is in them', async () => {
    const server = await startReadingServer();
    const { openSocket, openStream } = browser();
    const documents = Array.from({ length: 12 }, (_, index) => `document-${index}`);
    const clients = documents.map(
      (document, index) => new ProviderClient(openSocket, grace(server.address, document, index % 2 === 0 ? 'viewer' : 'editor')),
    );
    const lists = documents.map(
      (document) => new SeenStream(openStream, streamRequest({ relay: server.address, document, kind: 'presence' })),
    );
    await Promise.all(clients.map((client) => client.synced()));
    const adas = await Promise.all(
      documents.map((document) => new StockClient(server.webSocketAddress, document, { name: 'Ada' }).synced()),
    );
    for (const [index, ada] of adas.entries()) ada.type(`Hello ${index}`);
    for (const [index, client] of clients.entries()) await client.shows(`Hello ${index}`);
    for (const client of clients) client.type('!');
    for (const [index, ada] of adas.entries()) if (index % 2 === 1) await ada.shows(`Hello ${index}!`);
    await until('everybody is seen', () => adas.every((ada) => ada.people.join() === 'Ada,Grace'));
    await until('the lists say so', () =>
      lists.every((list) => list.events.at(-1)?.data.includes('Grace') || list.types.includes('joined')),
    );
    expect([server.streams.count, adas.some((ada, index) => index % 2 === 0 && ada.text.includes('!'))]).toEqual([1, false]);
    for (const list of lists) list.stream.close();
    endProviderClients();
    await until('all of it is gone', () => server.streams.count === 0 && server.writers.count === 0, 3_000);
    await until('nobody is seen any more', () => adas.every((ada) => ada.people.join() === 'Ada'), 1_000);
  });

  it('two tabs that read the same document both have everything, and are one person; another name is one too', async () => {
    const server = await startReadingServer();
    const { openSocket } = browser();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const first = await new ProviderClient(openSocket, grace(server.address, 'paper', 'viewer')).synced();
    await first.shows('Hello');
    const second = await new ProviderClient(openSocket, grace(server.address, 'paper', 'viewer')).synced();
    await second.shows('Hello');
    ada.type('!');
    await Promise.all([first.shows('Hello!'), second.shows('Hello!')]);
    await until('one person is seen', () => ada.people.join() === 'Ada,Grace');
    await until('they do not see themselves', () => first.others.join() === 'Ada' && second.others.join() === 'Ada');
    second.callMyself('Eve');
    await until('she is called so', () => ada.people.join() === 'Ada,Eve', 3_000);
    ada.type('?');
    await Promise.all([first.shows('Hello!?'), second.shows('Hello!?')]);
    first.destroy();
    ada.type('.');
    await second.shows('Hello!?.');
    expect([server.streams.count, second.closes]).toEqual([1, []]);
  });

  it('two tabs that write the same document have a connection each', async () => {
    const server = await startReadingServer();
    const { openSocket } = browser();
    const first = await new ProviderClient(openSocket, grace(server.address, 'paper', 'editor')).synced();
    const second = await new ProviderClient(openSocket, grace(server.address, 'paper', 'editor')).synced();
    first.type('one');
    await second.shows('one');
    second.type(' two');
    await first.shows('one two');
    expect([server.streams.count, server.writers.count]).toEqual([2, 3]);
  });

  it('stays while its documents come and go, and each is told what is refused it', async () => {
    const secrets = new SecretsForTest().set('reads', { role: 'viewer' }).set('writes', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets, limits: { connectsPerMinute: 10_000 } });
    const { openSocket } = browser();
    const stays = await new ProviderClient(
      openSocket,
      socketRequest({ relay: server.address, document: 'stays', role: 'viewer', secret: 'reads' }),
    ).synced();
    for (let time = 0; time < 10; time++) {
      const request = socketRequest({ relay: server.address, document: `comes-${time}`, secret: 'writes' });
      const comes = await new ProviderClient(openSocket, request).synced();
      const refused = new ProviderClient(openSocket, {
        ...request,
        secret: 'nothing',
        document: socketRequest({ document: `other-${time}` }).document,
      });
      await until('it is refused', () => refused.closes.length === 1);
      expect(refused.closes[0]?.code).toBe(4401);
      comes.destroy();
      refused.destroy();
    }
    expect([stays.opened, stays.closes, server.streams.count]).toEqual([1, [], 1]);
    const endsWith = new ProviderClient(
      openSocket,
      socketRequest({ relay: server.address, document: 'ends', role: 'viewer', secret: 'reads' }),
    );
    await endsWith.synced();
    server.live.end(socketRequest({ document: 'ends' }).document, 'reads', 'revoked');
    await until('it is told', () => endsWith.closes[0]?.code === 4401, 2_000);
    expect(stays.closes).toEqual([]);
  });

  it('that is cut, and whose documents are left and entered again, at any moment, costs nobody a word', async () => {
    const random = randomFrom(seedFromEnvironment());
    const server = await startReadingServer({ limits: { connectsPerMinute: 2 ** 31, fullSyncsPerMinute: 2 ** 31 } });
    const { openSocket } = browser();
    const documents = ['one', 'two', 'three', 'four'];
    const adas = await Promise.all(
      documents.map((document) => new StockClient(server.webSocketAddress, document, { name: 'Ada' }).synced()),
    );
    // Readers of the first two documents, writers of the others; in two tabs of the second and the fourth.
    const clients = [0, 1, 2, 3, 1, 3].map((index) => ({
      client: new ProviderClient(openSocket, grace(server.address, documents[index] ?? '', index < 2 ? 'viewer' : 'editor')),
      ada: adas[index],
      mayWrite: index >= 2,
    }));
    for (let step = 0; step < 400; step++) {
      const { client, ada, mayWrite } = pick(random, clients);
      const chance = random();
      if (chance < 0.4) ada?.type('a');
      else if (chance < 0.6 && mayWrite) client.type('g');
      else if (chance < 0.8) {
        client.provider.disconnect();
        client.connectAgain();
      } else if (chance < 0.82) server.cut();
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
      if (random() < 0.1) await until('some of it came', () => below(random, 3) === 0);
      for (const each of clients) if (each.client.provider.ws === null) each.client.connectAgain();
    }
    await until('all have all', () => {
      for (const { client } of clients) if (client.provider.ws === null) client.connectAgain();
      return clients.every(({ client, ada }) => client.provider.synced && client.text === ada?.text);
    });
    expect(clients.map(({ client }) => client.text.length)).not.toContain(0);
    for (const { client } of clients) client.destroy();
    await until('nothing is left', () => server.streams.count === 0 && server.writers.count === 0, 5_000);
  }, 60_000);
});
