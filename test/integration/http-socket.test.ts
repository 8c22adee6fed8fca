import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import * as Y from 'yjs';
import { systemClock } from '../../src/renderer/documents/clock';
import type { OpenSocket, SocketRequest } from '../../src/renderer/session/socket';
import { HttpSocket, type HttpSocketParts } from '../../src/renderer/session/sockets/http-socket';
import type { OpenStream } from '../../src/renderer/streams/event-stream';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { encodeFrame, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import type { Health } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { limitFlags } from '../support/limit-flag';
import { LossyProxy } from '../support/lossy-proxy';
import { endProviderClients, ProviderClient, type ProviderClientOptions } from '../support/provider-client';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, RawClient } from '../support/raw-client';
import { endReadingServers, SecretsForTest, startReadingServer } from '../support/reading-server';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { Typist } from '../support/room-for-test';
import { SeenSocket, socketRequest } from '../support/seen-socket';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endProviderClients();
  endStockClients();
  endRawClients();
  await endReadingServers();
  await endRelays();
});

const clock = systemClock;

const { fetch } = globalThis;
const streams = ownStreams({ fetch, clock });

function httpSockets(parts: Partial<HttpSocketParts> = {}): OpenSocket {
  return (request) => new HttpSocket(request, { openStream: streams, fetch, clock, chance: Math.random, ...parts });
}

function write(relay: string, changes: Partial<Omit<SocketRequest, 'document'>> = {}, options: ProviderClientOptions = {}): ProviderClient {
  return new ProviderClient(httpSockets(), socketRequest({ relay, ...changes }), options);
}

describe('the provider over HTTP', () => {
  it('is like over WebSocket: text both ways, who is there, what is received', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const grace = await write(server.address, { reader: { name: 'Grace', color: '#a1b2c3' } }).synced();
    await grace.shows('Hello');
    grace.type(', world');
    await ada.shows('Hello, world');
    ada.type('!');
    await grace.shows('Hello, world!');
    await until('they see each other', () => grace.others.join() === 'Ada' && ada.people.join() === 'Ada,Grace');
    // Its sync-reply, and what it typed.
    await until('the relay tells how many it has', () => grace.progress.received === 2);
    grace.destroy();
    await until('she is gone', () => ada.people.join() === 'Ada', 1_000);
    await until('nothing of her is left', () => server.streams.count === 0 && server.writers.count === 0, 1_000);
  });

  it('brings what was written while it was cut', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper').synced();
    const grace = await write(server.address).synced();
    for (const time of ['one ', 'two ', 'three ']) {
      server.cut();
      await until('it noticed', () => grace.provider.ws === null);
      expect(grace.closes.at(-1)?.code).toBe(1006);
      grace.type(`mine ${time}`);
      ada.type(`hers ${time}`);
      grace.connectAgain();
      await until('both have both', () => grace.text === ada.text && grace.text.length > 0);
    }
    expect(grace.text.length).toBe(2 * 'mine one mine two mine three '.length);
  });

  it('stays while nobody writes, by answering heartbeats; the relay ends whoever is silent', async () => {
    const server = await startReadingServer({ limits: { beatMs: 600 } });
    let heartbeats = 0;
    const openStream: OpenStream = (request, watcher) =>
      streams(request, {
        onEnd: (end) => watcher.onEnd(end),
        onEvent: (type, data, id) => {
          if (type === 'heartbeat') heartbeats++;
          watcher.onEvent(type, data, id);
        },
      });
    const chatty = new SeenSocket(httpSockets({ openStream }), socketRequest({ relay: server.address }));
    const silent = new SeenSocket(httpSockets({ fetch: () => new Promise(() => undefined) }), socketRequest({ relay: server.address }));
    expect(await silent.isClosed()).toMatchObject({ code: 1006 });
    await until('the other one has answered several', () => heartbeats >= 6);
    expect([chatty.closes, server.writers.count]).toEqual([[], 1]);
    chatty.socket.close();
  });

  it('ends with 4401 when its grant does, and with 4413 where its text is too large', async () => {
    const secrets = new SecretsForTest().set('good', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets, limits: { documentBytes: 100_000 } });
    const grace = await write(server.address, { secret: 'good' }).synced();
    server.live.end(socketRequest().document, 'good', 'revoked');
    await until('she is told', () => grace.closes.length === 1, 2_000);
    expect(grace.closes[0]?.code).toBe(4401);
    const again = await write(server.address, { secret: 'good' }).synced();
    again.type('x'.repeat(150_000));
    await until('she is told', () => again.closes.length === 1);
    expect(again.closes[0]?.code).toBe(4413);
  });

  it('hands over the last words of who leaves', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper').synced();
    const grace = await write(server.address).synced();
    grace.type('Bye');
    grace.destroy();
    await ada.shows('Bye');
    await until('nothing of her is left', () => server.streams.count === 0 && server.writers.count === 0, 1_000);
  });

  it('carries a document of megabytes both ways', async () => {
    const server = await startReadingServer();
    const grace = await write(server.address).synced();
    const text = 'A line of prose, as people write them. 😀\n'.repeat(100_000);
    grace.type(text);
    const ada = new StockClient(server.webSocketAddress, 'paper');
    await ada.shows(text, 20_000);
    const eve = write(server.address);
    await eve.shows(text, 20_000);
  });
});

describe('10,000 frames over HTTP, through a proxy that drops, delays and doubles answers', () => {
  it('are the same bytes at the relay, and the same counts, as over WebSocket', async () => {
    const random = randomFrom(seedFromEnvironment());
    const most = 2 ** 31;
    const flags = limitFlags({ messagesPerSecond: most, messagesBurst: most, connectsPerMinute: most });
    const relay = await startRelayProcess({ flags });
    const proxy = await LossyProxy.start(relay.address, random);
    onTestFinished(() => proxy.stop());
    const { relay: relayId } = (await (await fetch(`${relay.address}/health`)).json()) as Health;
    const typist = new Typist(5);
    const frames = Array.from({ length: 10_000 }, (_, index) => encodeFrame({ type: 'update', update: typist.type(String(index % 10)) }));

    const raw = await new RawClient(`${relay.webSocketAddress}/socket`, { protocols: [SUBPROTOCOL_WEFT] }).joined();
    for (const frame of frames) raw.send(frame);
    const overHttp = await new SeenSocket(
      httpSockets({ chance: random }),
      socketRequest({ relay: proxy.address, relayId: () => relayId, document: 'posts' }),
    ).isOpen();
    for (let sent = 0; sent < frames.length; ) {
      const next = sent + 1 + below(random, 80);
      for (const frame of frames.slice(sent, next)) overHttp.send(frame);
      sent = next;
      // Now and then it waits for the relay, so that batches are of all sizes.
      if (random() < 0.7) await until('it may go on', () => below(random, 4) === 0 || bufferedBy(overHttp) === 0);
    }
    const progress = ({ frames: seen }: RawClient | SeenSocket) => seen.findLast(({ type }) => type === 'progress');
    const all = { type: 'progress', received: 10_000, saved: 10_000 };
    await until(
      `both are saved, not ${JSON.stringify(progress(overHttp))}`,
      () => [raw, overHttp].every((client) => JSON.stringify(progress(client)) === JSON.stringify(all)),
      60_000,
    );
    for (const fault of ['request lost', 'answer lost', 'doubled', 'doubled, first answer', 'delayed'])
      expect(proxy.counts.get(fault)).toBeGreaterThan(0);
    const states = await Promise.all(
      ['socket', 'posts'].map(async (document) => {
        const reader = await new StockClient(relay.webSocketAddress, document).synced();
        return Buffer.from(Y.encodeStateAsUpdate(reader.doc)).toString('base64');
      }),
    );
    expect(states[1]).toBe(states[0]);
    expect(states[0]).toBe(Buffer.from(typist.all()).toString('base64'));
    expect([overHttp.closes, overHttp.opened]).toEqual([[], 1]);
    overHttp.socket.close();
  }, 120_000);
});

function bufferedBy({ socket }: SeenSocket): number {
  return (socket as HttpSocket).bufferedAmount;
}
