import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/renderer/documents/clock';
import type { OpenSocket } from '../../src/renderer/session/socket';
import { socketsByRole } from '../../src/renderer/session/sockets/sockets-by-role';
import { webSocketOpener } from '../../src/renderer/session/sockets/websocket';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import type { Clock } from '../../src/shared/clock';
import { until } from '../support/condition';
import { endProviderClients, ProviderClient } from '../support/provider-client';
import { endReadingServers, type ReadingServer, startReadingServer } from '../support/reading-server';
import { SeenSocket, socketRequest } from '../support/seen-socket';
import { endStockClients, StockClient } from '../support/stock-client';
import { BLOCKING_RULES, UpgradeProxy, type UpgradeRule } from '../support/upgrade-proxy';

afterEach(async () => {
  endProviderClients();
  endStockClients();
  await endReadingServers();
});

const { fetch } = globalThis;

/** The network is another. */
class Network {
  readonly #listeners = new Set<() => void>();

  change(): void {
    for (const callback of [...this.#listeners]) callback();
  }

  readonly onOnline = (callback: () => void) => {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  };
}

function sockets(clock: Clock = systemClock, network = new Network()): OpenSocket {
  return socketsByRole({
    openWebSocket: webSocketOpener(WebSocket),
    openStream: ownStreams({ fetch, clock }),
    fetch,
    clock,
    chance: Math.random,
    onOnline: network.onOnline,
  });
}

async function proxyTo(server: ReadingServer, rule: UpgradeRule): Promise<UpgradeProxy> {
  const proxy = await UpgradeProxy.start(server.address, rule);
  onTestFinished(() => proxy.stop());
  return proxy;
}

const GRACE = { reader: { name: 'Grace', color: '#a1b2c3' } };

describe('behind a proxy that lets WebSockets through', () => {
  it('an editor has a WebSocket, and no HTTP stream was ever opened', async () => {
    const server = await startReadingServer();
    const proxy = await proxyTo(server, 'pass');
    const grace = await new ProviderClient(sockets(), socketRequest({ relay: proxy.address })).synced();
    expect([grace.socket.transport, server.streams.count, grace.opened]).toEqual(['websocket', 0, 1]);
  });
});

describe.each(BLOCKING_RULES)('behind a proxy whose way with WebSocket upgrades is to %s', (rule) => {
  it('an editor writes over HTTP in under 3 seconds, at once the next time, and over WebSocket when it may', async () => {
    const server = await startReadingServer();
    const proxy = await proxyTo(server, rule);
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const network = new Network();
    const openSocket = sockets(systemClock, network);
    const begunAt = performance.now();
    const grace = await new ProviderClient(openSocket, socketRequest({ relay: proxy.address, ...GRACE })).synced();
    await grace.shows('Hello');
    expect(performance.now() - begunAt).toBeLessThan(3_000);
    expect(grace.socket.transport).toBe('http');
    grace.type(', world');
    await ada.shows('Hello, world');
    await until('they see each other', () => grace.others.join() === 'Ada' && ada.people.join() === 'Ada,Grace');

    const { upgrades } = proxy;
    const eve = await new ProviderClient(openSocket, socketRequest({ relay: proxy.address })).synced();
    expect([eve.socket.transport, proxy.upgrades]).toEqual(['http', upgrades]);
    eve.destroy();

    let better = 0;
    grace.socket.onbetter = () => {
      better++;
    };
    proxy.rule = 'pass';
    network.change();
    await until('a WebSocket works', () => better === 1);
    await until('nobody else is seen', () => ada.people.join() === 'Ada,Grace');
    grace.provider.disconnect();
    grace.connectAgain();
    await until('she is back', () => grace.provider.synced);
    expect(grace.socket.transport).toBe('websocket');
    ada.type('!');
    await grace.shows('Hello, world!');
    await until('nothing of HTTP is left', () => server.streams.count === 0 && server.writers.count === 0, 3_000);
  });

  it('closed at any time, nothing is left at the relay', async () => {
    const server = await startReadingServer({ limits: { connectsPerMinute: 10_000 } });
    const proxy = await proxyTo(server, rule);
    const times = [0, 5, 20, 60, 1_480, 1_500, 1_510, 1_530, 1_560];
    await Promise.all(
      times.map(async (ms) => {
        const seen = new SeenSocket(sockets(), socketRequest({ relay: proxy.address }));
        await new Promise((resolve) => setTimeout(resolve, ms));
        seen.socket.close();
      }),
    );
    await until('nothing is left', () => server.streams.count === 0 && server.writers.count === 0 && server.webSockets.count === 0, 3_000);
  });
});
