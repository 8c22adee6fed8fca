import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { pick } from '../support/random';
import { endRawClients, RawClient } from '../support/raw-client';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  endRawClients();
  await endReadingServers();
});

const watch = ({ address }: ReadingServer, headers: Record<string, string> = {}, document = 'paper') =>
  new EventStreamClient(`${address}/documents/${document}/presence`, { headers });

async function join({ webSocketAddress }: ReadingServer, name: string, document = 'paper'): Promise<StockClient> {
  return new StockClient(webSocketAddress, document, { name }).synced();
}

describe('the presence feed', () => {
  test('tells at once who is there, with cursors as they were sent, then who comes, moves and leaves', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada');
    ada.type('Hello');
    const feed = await watch(server).has('people');
    await until('Ada is seen', () => feed.names().join() === 'Ada');
    const grace = await join(server, 'Grace');
    await feed.has('joined');
    await until('both are seen', () => feed.names().join() === 'Ada,Grace');
    const position = Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(ada.content, 3));
    ada.provider.awareness.setLocalStateField('cursor', { anchor: position, head: position });
    await feed.has('moved');
    const [seen] = feed.people().filter(({ name }) => name === 'Ada');
    expect(seen).toMatchObject({ id: ada.doc.clientID, color: '#336699', role: 'editor' });
    expect(Y.createRelativePositionFromJSON(seen?.cursor?.anchor)).toMatchObject({ item: { clock: 3 } });
    const leftAt = performance.now();
    grace.destroy();
    await until('Grace is gone', () => feed.names().join() === 'Ada');
    expect(performance.now() - leftAt).toBeLessThan(1_000);
    const ids = feed.events.filter(({ id }) => id !== undefined).map(({ id }) => id ?? '');
    expect(ids.every((id) => /^[a-z0-9]+-\d+$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has a head that no proxy stores or changes, and its first bytes at once, before anybody is there', async () => {
    const server = await startReadingServer();
    const startedAt = performance.now();
    const feed = await watch(server).has('people');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(feed.status).toBe(200);
    expect(feed.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(feed.headers['cache-control']).toBe('no-cache, no-transform');
    expect(feed.headers['x-accel-buffering']).toBe('no');
    expect(feed.headers['content-encoding']).toBeUndefined();
    expect(feed.text.startsWith('retry: 2000\n\n')).toBe(true);
    const app = await watch(server, { Origin: 'app://weft' }).has('people');
    expect(app.headers['access-control-allow-origin']).toBe('app://weft');
    expect((await watch(server, { Origin: 'https://evil.example' }).ended()).status).toBe(403);
    expect((await watch(server, { Host: 'evil.example' }).ended()).status).toBe(421);
    expect(feed.of('people')).toEqual([{ document: 'paper', people: [] }]);
    expect(server.rooms.size).toBe(0);
  });

  test('beats as an event that a page’s script sees', async () => {
    const server = await startReadingServer({ limits: { beatMs: 60 } });
    const feed = watch(server);
    await until('three heartbeats', () => feed.events.filter(({ event }) => event === 'heartbeat').length >= 3);
    expect(feed.text).toContain('event: heartbeat\ndata: {}\n\n');
  });

  test('goes on after a cut where it was; an id of another document, of the future or of nothing brings everyone anew', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada');
    const steady = watch(server);
    await until('Ada is seen', () => steady.names().join() === 'Ada');
    const id = steady.lastEventId ?? '';
    await join(server, 'Grace');
    await until('Grace is seen', () => steady.names().join() === 'Ada,Grace');
    const resumed = await watch(server, { 'Last-Event-ID': id }).has('joined');
    expect(resumed.types()).toEqual(['joined', ...resumed.types().slice(1)]);
    expect(resumed.of('people')).toEqual([]);
    const other = await watch(server, {}, 'other').has('people');
    const future = id.replace(/\d+$/, '999999');
    for (const odd of [other.lastEventId ?? '', future, 'x', '-1', '0-0', 'e'.repeat(3_000)]) {
      const anew = await watch(server, { 'Last-Event-ID': odd }).has('people');
      expect(anew.status).toBe(200);
      expect(anew.names()).toEqual(['Ada', 'Grace']);
      anew.cut();
    }
    ada.destroy();
    await until('all see it', () => [steady].every((feed) => feed.names().join() === 'Grace'));
  });

  test('shows those who read along as viewers; those who watch who is there are nobody', async () => {
    const server = await startReadingServer();
    const feed = watch(server);
    const reader = new EventStreamClient(`${server.address}/documents/paper/stream`, {
      headers: { 'Weft-Name': encodeURIComponent('Zoë 🦊'), 'Weft-Color': '#a1b2c3' },
    });
    await until('the reader is seen', () => feed.people().length === 1);
    expect(feed.people()[0]).toMatchObject({ name: 'Zoë 🦊', color: '#a1b2c3', role: 'viewer' });
    const cutAt = performance.now();
    reader.cut();
    await until('the reader is gone', () => feed.people().length === 0);
    expect(performance.now() - cutAt).toBeLessThan(1_000);
  });

  test.each(['x\n\ndata: evil', '\u0000\u001b[31m\u202e', '<img src=x onerror=alert(1)>', 'x'.repeat(64 * 1024), '\ud800'])(
    'keeps one event one event, whatever somebody calls themselves: %j',
    async (name) => {
      const server = await startReadingServer();
      const feed = await watch(server).has('people');
      const raw = await new RawClient(`${server.webSocketAddress}/paper`).opened();
      raw.send({
        type: 'awareness',
        entries: encodeAwareness([{ id: 5, clock: 1, state: JSON.stringify({ user: { name, color: '"}\n\n' } }) }]),
      });
      await until('it was taken or refused', () => feed.types().includes('joined') || raw.closed !== undefined);
      expect(feed.types().every((type) => ['people', 'joined'].includes(type))).toBe(true);
      expect(feed.text).not.toMatch(/^data: evil/m);
      for (const { name: seen, color } of feed.people()) {
        expect(seen).toMatch(/^[^\p{Cc}\p{Cs}\u202e]{0,64}$/u);
        expect(color).toBe('#808080');
      }
    },
  );

  test('refuses whoever may not read, with one answer for all secrets, and a secret in an address with a sentence', async () => {
    const secrets = new SecretsForTest().set('s3cret', {});
    const server = await startReadingServer({ authoriser: secrets });
    const good = await watch(server, { Authorization: 'Bearer s3cret' }).has('people');
    expect(good.status).toBe(200);
    const bodies = await Promise.all(
      [{}, { Authorization: 'Bearer wrong' }, { Authorization: 'Basic czNjcmV0' }].map(async (headers: Record<string, string>) => {
        const refused = await watch(server, headers).ended();
        expect(refused.status).toBe(401);
        return refused.text;
      }),
    );
    expect(new Set(bodies).size).toBe(1);
    for (const path of [
      'documents/paper/presence?secret=s3cret',
      'documents/paper/stream?token=s3cret',
      'documents/paper/presence?x&access_token=1',
    ]) {
      const refused = await new EventStreamClient(`${server.address}/${path}`, { headers: { Authorization: 'Bearer s3cret' } }).ended();
      expect(refused.status).toBe(400);
      expect(refused.text).toContain('never part of an address');
      expect(refused.text).not.toContain('s3cret');
    }
    expect((await watch(server, {}, 'a%2Fb').ended()).status).toBe(404);
    expect(server.rooms.feeds.size).toBe(1);
  });

  test('ends within two seconds when its grant does, and says that coming back is no use', async () => {
    const server = await startReadingServer({ authoriser: new SecretsForTest().set('s3cret', {}) });
    const feed = await watch(server, { Authorization: 'Bearer s3cret' }).has('people');
    server.live.end('paper' as never, 's3cret', 'revoked');
    await feed.ended(2_000);
    expect(feed.of('refused')).toEqual([
      expect.objectContaining({ document: 'paper', kind: 'presence', error: 'unauthorized', comeBack: false }),
    ]);
    expect(server.live.count('paper' as never)).toBe(0);
  });

  test('counts with the connections of the relay, and by address', async () => {
    const server = await startReadingServer({ limits: { connections: 2, connectsPerMinute: 1 } });
    await join(server, 'Ada');
    const one = await watch(server).has('people');
    const full = await watch(server).ended();
    expect([full.status, JSON.parse(full.text).error]).toEqual([503, 'full']);
    one.cut();
    await until('it is gone', () => server.streams.count === 0);
    await until('somebody is too fast', async () => (await watch(server).answered()).status === 429);
  });
});

describe('streams of those who are gone', () => {
  test('are gone too, with their people, however the line ended; 300 opens and aborts leave nothing', async () => {
    const server = await startReadingServer({ limits: { connectsPerMinute: 2 ** 31, beatMs: 150, graceMs: 50 } });
    const kinds = ['presence', 'stream'];
    for (let round = 0; round < 300; round++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET /documents/d${round % 7}/${pick(Math.random, kinds)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      if (round % 3 === 0) await new Promise((resolve) => socket.once('data', resolve));
      if (round % 2 === 0) socket.destroy();
      else if (round % 5 === 0) socket.resetAndDestroy();
      else socket.end();
    }
    await until('no stream is left', () => server.streams.count === 0, 35_000);
    await until('nobody is left', () => server.rooms.stats().peers === 0);
    await until('nothing is kept for them', () => server.rooms.size === 0 && server.rooms.feeds.size === 0);
    expect(Array.from({ length: 7 }, (_, index) => server.live.count(`d${index}` as never))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('do not begin for a client that went while it was looked at, and end at once when the grant ended meanwhile', async () => {
    const secrets = new SecretsForTest().set('s3cret', {});
    let goOn = (): void => undefined;
    const slow = {
      async authorise(secret: string | undefined, document: never) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        return secrets.authorise(secret, document);
      },
    };
    const server = await startReadingServer({ authoriser: slow });
    for (const kind of ['presence', 'stream']) {
      let asked = goOn;
      const client = new EventStreamClient(`${server.address}/documents/paper/${kind}`, { headers: { Authorization: 'Bearer s3cret' } });
      await until('it is looked at', () => goOn !== asked);
      client.cut();
      await until('the relay knows that it went', async () => (await server.sockets()) === 0);
      asked = goOn;
      goOn();
      // What follows is done within a turn or two.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect([server.live.count('paper' as never), server.streams.count, server.rooms.feeds.size]).toEqual([0, 0, 0]);
    }
    const load = server.store.load.bind(server.store);
    server.store.load = async (document) => {
      server.live.end('paper' as never, 's3cret', 'revoked');
      return load(document);
    };
    const before = goOn;
    const reader = new EventStreamClient(`${server.address}/documents/paper/stream`, { headers: { Authorization: 'Bearer s3cret' } });
    await until('it is looked at', () => goOn !== before);
    goOn();
    await reader.ended(2_000);
    expect(reader.of('refused')).toEqual([expect.objectContaining({ error: 'unauthorized' })]);
    await until('nobody is left', () => server.rooms.stats().peers === 0);
  });

  test('end when nobody reads them: a lagging client is not kept for ever', async () => {
    const server = await startReadingServer({ limits: { beatMs: 90, laggingBytes: 64 * 1024 } });
    const reader = new EventStreamClient(`${server.address}/documents/paper/stream`);
    await reader.has('frame');
    const ada = await join(server, 'Ada');
    reader.stopReading();
    for (let page = 0; page < 200; page++) {
      ada.type('x'.repeat(40_000));
      if (page % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the stream is gone', () => server.streams.count === 0);
    await until('the reader is gone', () => server.rooms.stats().peers === 1);
  });

  test('end when their time is up, and the client goes on with its last event id', async () => {
    const server = await startReadingServer({ lifetimeMs: 300, limits: { beatMs: 60 } });
    const feed = await watch(server).has('people');
    await feed.ended();
    expect(feed.text.endsWith('\n\n')).toBe(true);
    const resumed = await watch(server, { 'Last-Event-ID': feed.lastEventId ?? '' }).answered();
    expect(resumed.status).toBe(200);
  });

  test('end with the relay, and a second request behind one gets no answer that never ends', async () => {
    const server = await startReadingServer();
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const get = 'GET /documents/paper/presence HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    socket.write(get);
    await until('it streams', () => text.includes('event: people'));
    socket.write(get);
    await until('the connection is ended', () => socket.closed || socket.destroyed);
    await until('no stream is left', () => server.streams.count === 0);
    const feed = await watch(server).has('people');
    server.streams.close();
    await feed.ended(2_000);
    const late = await watch(server).ended();
    expect([late.status, JSON.parse(late.text).error]).toEqual([503, 'restarting']);
  });
});
