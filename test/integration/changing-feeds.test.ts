/** Feeds that carry writers, and that take on and leave documents while they are open. */
import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import * as Y from 'yjs';
import { MOST_PARTS } from '../../server/transports/feed-requests';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient, type PartForTest } from '../support/feed-client';
import { PostWriter } from '../support/post-writer';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { Typist } from '../support/room-for-test';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  await endReadingServers();
});

const REQUEST = encodeFrame({ type: 'sync-request', stateVector: Uint8Array.of(0) });
const writer = (document: string): PartForTest => ({ document, kind: 'writer' });
const reader = (document: string): PartForTest => ({ document, kind: 'stream' });
const watcher = (document: string): PartForTest => ({ document, kind: 'presence' });

const open = ({ address }: ReadingServer, parts: readonly PartForTest[], headers: Record<string, string> = {}) =>
  new FeedClient(address, parts, headers).opened();

async function join({ webSocketAddress }: ReadingServer, name: string, document: string): Promise<StockClient> {
  return new StockClient(webSocketAddress, document, { name }).synced();
}

function named(name: string, id: number) {
  const state = JSON.stringify({ user: { name, color: '#010203' } });
  return { type: 'awareness', entries: encodeAwareness([{ id, clock: 1, state }]) } as const;
}

function bytesOf(server: ReadingServer) {
  return { streams: server.streams.count, peers: server.rooms.stats().peers, posts: server.writers.count };
}

describe('a feed', () => {
  test.each([{}, { 'Weft-Connection': 'alive' }])('says its id first, without a document, whatever it promises: %j', async (headers) => {
    const server = await startReadingServer();
    const [one, two] = [await open(server, [watcher('one'), writer('two')], headers), await open(server, [watcher('one')], headers)];
    expect(one.id).toMatch(/^[\w-]{22}$/);
    expect(one.id).not.toBe(two.id);
    await one.down.has('connection', 2);
    expect(one.down.types()[0]).toBe('connection');
    expect(one.down.of('connection')).toEqual([
      { connection: one.id },
      { document: 'two', connection: expect.stringMatching(/^[\w-]{22}$/) },
    ]);
    // A sign of life names any document, and is one also where none was promised.
    for (const document of ['one', 'none-of-its-own']) {
      const sign = { method: 'POST', headers: { 'Weft-Connection': one.id } };
      expect((await fetch(`${server.address}/documents/${document}/frames`, sign)).status).toBe(204);
    }
  });

  test('is cut as a whole when it promised signs of life and gives none, and not when it promised none', async () => {
    const server = await startReadingServer({ limits: { beatMs: 300 } });
    const promised = await open(server, [watcher('one'), writer('two')], { 'Weft-Connection': 'alive' });
    const silent = await open(server, [watcher('one')]);
    await promised.down.ended(5_000);
    await until('nothing of it is left', () => server.rooms.stats().peers === 0 && server.streams.count === 1);
    expect(silent.down.isEnded).toBe(false);
  });
});

test('R4 parts that begin with a whole document wait until the client reads', async () => {
  const server = await startReadingServer();
  const documents = Array.from({ length: 12 }, (_, index) => `large-${index}`);
  for (const document of documents) {
    (await join(server, 'Ada', document)).type('x'.repeat(3_000_000));
    const grace = await join(server, 'Grace', document);
    await until('the relay has it', () => grace.text.length === 3_000_000);
  }
  endStockClients();
  await until('the authors are gone', () => server.rooms.stats().peers === 0);
  const body = JSON.stringify(documents.map(reader));
  const asked = request(`${server.address}/feeds`, { method: 'POST', headers: { 'Content-Type': 'application/json' } });
  onTestFinished(() => void asked.destroy());
  const answer = await new Promise<IncomingMessage>((resolve) => asked.on('response', resolve).end(body));
  answer.pause();
  const held = () => server.rooms.stats().peers;
  await until('some have begun', () => held() > 0);
  // By then, what may begin has begun.
  for (let round = 0; round < 200; round++) await (await fetch(`${server.address}/health`)).text();
  expect(held()).toBeLessThan(documents.length / 2 + 1);
  answer.resume();
  await until('all have begun', () => held() === documents.length);
});

describe('a writer in a feed', () => {
  test('is what a writer with a stream of its own is', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada', 'paper');
    ada.type('Hello');
    const feed = await open(server, [writer('paper'), writer('other')]);
    const grace = await feed.writer('paper').opened();
    const typist = new Typist(77);
    expect(await grace.post(1, [REQUEST, named('Grace', 77), { type: 'update', update: typist.type(', world') }])).toEqual({
      status: 200,
      body: { received: 3 },
    });
    await until('Ada sees it', () => ada.text.includes(', world') && ada.people.join() === 'Ada,Grace');
    await until('it is told how many the relay has', () => grace.progress.received === 1);
    expect((await grace.post(3, [REQUEST])).body).toEqual({ received: 3 });
    expect((await grace.post(9, [REQUEST])).status).toBe(409);
    const other = await feed.writer('other').opened();
    expect(other.connection).not.toBe(grace.connection);
    expect((await other.post(1, [REQUEST], { 'Weft-Connection': grace.connection })).status).toBe(404);
    // Nor is the feed's own id a way up.
    expect(await grace.post(4, [REQUEST], { 'Weft-Connection': feed.id })).toMatchObject({ status: 403 });
    feed.down.cut();
    await until('it is gone', () => ada.people.join() === 'Ada', 1_000);
    await until('all of it is', () => server.writers.count === 0 && server.streams.count === 0);
  });

  test('and a reader and a watcher of the same document each hear what is theirs, and it says whose it is', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada', 'paper');
    ada.type('Hello');
    const feed = await open(server, [watcher('paper'), reader('paper'), writer('paper')], { 'Weft-Name': 'Rita' });
    const grace = await feed.writer('paper').opened();
    const typist = new Typist(77);
    await grace.post(1, [REQUEST, named('Grace', 77), { type: 'update', update: typist.type('!') }]);
    const texts = (kind: 'stream' | 'writer'): string => {
      const doc = new Y.Doc();
      for (const frame of feed.down.frames('paper', kind)) {
        if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
      }
      return doc.getText('content').toString();
    };
    const answers = () => feed.down.frames('paper', 'writer').filter(({ type }) => type === 'sync-reply').length;
    await until('the reader has all', () => texts('stream') === ada.text && ada.text.includes('!'));
    await until('the writer has its answer', () => answers() === 1);
    // Its own edit does not come back to it.
    expect(texts('writer')).toBe('Hello');
    expect(feed.down.frames('paper', 'stream').some(({ type }) => type === 'progress' || type === 'sync-request')).toBe(false);
    await until('everyone is seen', () => feed.down.names('paper').join() === 'Ada,Grace,Rita');
    expect(feed.down.frames().length).toBe(feed.down.frames('paper', 'writer').length + feed.down.frames('paper', 'stream').length);
    expect(feed.down.of('reader')).toEqual([{ document: 'paper', presence: expect.any(Number) }]);
  });

  test('that is silent is over alone: it leaves its document, the feed goes on, and it can be begun anew', async () => {
    const server = await startReadingServer({ limits: { beatMs: 900 } });
    const ada = await join(server, 'Ada', 'one');
    const feed = await open(server, [writer('one'), writer('two'), watcher('one')]);
    const [silent, lively] = [await feed.writer('one').opened(), await feed.writer('two').opened()];
    await silent.post(1, [named('Grace', 5)]);
    await until('it is seen', () => ada.people.join() === 'Ada,Grace');
    while (feed.ends.length === 0) {
      expect((await lively.post(1, [])).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect(feed.ends).toEqual(['over writer one']);
    expect(feed.down.of('over')).toEqual([{ document: 'one', kind: 'writer', reason: expect.stringMatching(/^The relay heard nothing/) }]);
    await until('it is gone', () => feed.down.names('one').join() === 'Ada', 1_000);
    expect((await silent.post(2, [REQUEST])).status).toBe(404);
    expect([(await lively.post(1, [])).status, feed.down.isEnded]).toEqual([200, false]);
    const before = silent.connection;
    expect((await feed.add(writer('one'))).status).toBe(204);
    await until('another connection', () => silent.connection !== before);
    expect((await silent.post(1, [REQUEST])).body).toEqual({ received: 1 });
  });

  test('that does not answer a probe is over alone, and is told which one was asked', async () => {
    const server = await startReadingServer({ limits: { holderMs: 150 } });
    const feed = await open(server, [writer('one'), writer('two')]);
    const typist = new Typist(5);
    const updates = [typist.type('a'), typist.type('b')];
    await (await feed.writer('one').opened()).post(1, [{ type: 'update', update: updates[0] ?? new Uint8Array() }]);
    const heir = await new PostWriter(server.address, 'one').opened();
    void heir.post(1, [{ type: 'update', update: updates[1] ?? new Uint8Array() }]);
    await feed.down.has('probe');
    expect(feed.down.of('probe')).toEqual([{ document: 'one' }]);
    await feed.down.has('over');
    expect(feed.ends).toEqual(['over writer one']);
    expect((await (await feed.writer('two').opened()).post(1, [REQUEST])).status).toBe(200);
  });

  test('that sends what no room believes is refused alone', async () => {
    const server = await startReadingServer();
    const feed = await open(server, [writer('one'), reader('one'), writer('two')]);
    const [bad, good] = [await feed.writer('one').opened(), await feed.writer('two').opened()];
    expect(await bad.post(1, [Uint8Array.of(200, 1)])).toMatchObject({ status: 400, body: { error: 'malformed' } });
    await feed.down.has('refused');
    expect(feed.ends).toEqual(['refused writer one malformed']);
    expect((await bad.post(2, [REQUEST])).status).toBe(404);
    expect((await good.post(1, [REQUEST])).status).toBe(200);
    await until('its reader is still there', () => server.rooms.stats().peers === 2);
  });

  test('that is revoked is refused within two seconds, alone, and a role that changes is told to it', async () => {
    const secrets = new SecretsForTest().set('ada', { role: 'editor' }).set('grace', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets });
    const feed = await open(server, [{ ...writer('one'), secret: 'ada' }, writer('two')], { Authorization: 'Bearer grace' });
    const [ada, grace] = [feed.writer('one', { Authorization: 'Bearer ada' }), feed.writer('two', { Authorization: 'Bearer grace' })];
    await Promise.all([ada.opened(), grace.opened()]);
    expect((await ada.post(1, [REQUEST], { Authorization: 'Bearer grace' })).status).toBe(403);
    const typist = new Typist(5);
    await ada.post(1, [{ type: 'update', update: typist.type('a') }]);
    const roles = () =>
      ada.frames().flatMap((frame) => (frame.type === 'notice' && frame.notice.type === 'role' ? [frame.notice.role] : []));
    for (const role of ['viewer', 'editor'] as const) {
      server.live.change('one' as never, 'ada', { role, expiresAt: undefined });
      await until(`it is told: ${role}`, () => roles().at(-1) === role);
      await ada.post(role === 'viewer' ? 2 : 3, [{ type: 'update', update: typist.type(role) }]);
    }
    server.live.end('one' as never, 'ada', 'revoked');
    await until('it is told', () => feed.ends.length > 0, 2_000);
    expect(feed.ends).toEqual(['refused writer one unauthorized']);
    expect((await ada.post(4, [REQUEST])).status).toBe(404);
    expect((await grace.post(1, [REQUEST])).status).toBe(200);
    expect([server.live.count('one' as never), server.live.count('two' as never)]).toEqual([0, 1]);
  });
});

describe('a feed that changes', () => {
  test('takes on parts, and leaves others at once; those that stay are not cut', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada', 'one');
    const grace = await join(server, 'Grace', 'two');
    const feed = await open(server, [reader('one'), watcher('two')], { 'Weft-Name': 'Rita' });
    await until('the reader is seen', () => ada.people.join() === 'Ada,Rita');
    expect((await feed.add(reader('two'), watcher('one'), writer('three'))).status).toBe(204);
    await feed.down.has('reader', 2);
    // As it said it was when the feed began.
    await until('it is seen there too', () => grace.people.join() === 'Grace,Rita' && feed.down.names('one').join() === 'Ada,Rita');
    await (await feed.writer('three').opened()).post(1, [REQUEST]);
    const removedAt = performance.now();
    expect((await feed.remove(reader('one'), watcher('two'), writer('three'))).status).toBe(204);
    await until('it is seen to go', () => feed.down.names('one').join() === 'Ada' && ada.people.join() === 'Ada');
    expect(performance.now() - removedAt).toBeLessThan(1_000);
    await until('so is the writer', () => server.writers.count === 1);
    expect((await feed.writer('three').post(2, [REQUEST])).status).toBe(404);
    const before = feed.down.frames('one').length;
    ada.type('unheard');
    grace.type('heard');
    await until('what stays is told', () => feed.down.readInto(new Y.Doc(), 'two') === 'heard');
    expect(feed.down.frames('one')).toHaveLength(before);
    // Nothing was said of it: whoever asked for it knows.
    expect(feed.ends).toEqual([]);
    expect(bytesOf(server)).toEqual({ streams: 1, peers: 3, posts: 1 });
  });

  test('can begin a part anew in one request, after the event that it names, and as somebody else', async () => {
    const server = await startReadingServer();
    const ada = await join(server, 'Ada', 'one');
    ada.type('x'.repeat(10_000));
    const feed = await open(server, [reader('one')], { 'Weft-Name': 'Rita', 'Weft-Color': '#a1b2c3' });
    const doc = new Y.Doc();
    await until('it is up to date', () => feed.down.readInto(doc, 'one') === ada.text);
    await until('it is seen', () => ada.people.join() === 'Ada,Rita');
    const lastEventId = feed.down.events.findLast(({ id, event }) => event === 'frame' && id !== undefined)?.id;
    const change = { add: [{ ...reader('one'), lastEventId }], remove: [reader('one')] };
    expect((await feed.change(change, { 'Weft-Name': encodeURIComponent('Zoë') })).status).toBe(204);
    await feed.down.has('reader', 2);
    await until('it is seen under its other name', () => ada.people.join() === 'Ada,Zoë');
    const replies = () => feed.down.frames('one').flatMap((frame) => (frame.type === 'sync-reply' ? [frame.update.length] : []));
    await until('a second answer', () => replies().length === 2);
    expect([(replies()[0] ?? 0) > 10_000, (replies()[1] ?? 0) < 200]).toEqual([true, true]);
  });

  test.each<[string, unknown, number]>([
    ['no object', [], 400],
    ['nothing', 'null', 400],
    ['no JSON', '{"add":', 400],
    ['a word of its own', { added: [] }, 400],
    ['no list', { add: watcher('three') }, 400],
    ['a part without a kind', { add: [{ document: 'three' }] }, 400],
    ['a part of another kind', { add: [{ document: 'three', kind: 'reader' }] }, 400],
    ['a line break in an id', { add: [{ document: 'three\ndata: x', kind: 'presence' }] }, 400],
    ['a secret that is no text', { add: [{ ...watcher('three'), secret: ['x'] }] }, 400],
    ['a secret of 60 KB', { add: [{ ...watcher('three'), secret: 'x'.repeat(60_000) }] }, 400],
    ['a part that is there', { add: [writer('three'), watcher('one')], remove: [reader('two')] }, 400],
    ['a part twice', { add: [watcher('three'), watcher('three')], remove: [reader('two')] }, 400],
    ['no document to remove', { remove: [{ kind: 'presence' }] }, 400],
    [
      'parts beyond the limit',
      { add: Array.from({ length: MOST_PARTS }, (_, index) => watcher(`d${index}`)), remove: [reader('two')] },
      413,
    ],
    ['too many to read', { remove: Array.from({ length: MOST_PARTS + 1 }, (_, index) => watcher(`d${index}`)) }, 413],
    ['too large', { add: [{ ...watcher('three'), secret: 'x'.repeat(70_000) }] }, 413],
  ])('is changed as a whole or not at all: %s', async (_what, body, status) => {
    const server = await startReadingServer();
    const feed = await open(server, [watcher('one'), reader('two')]);
    await feed.down.has('frame');
    const refused = await feed.change(body);
    expect(refused).toEqual({ status, error: status === 413 ? expect.any(String) : 'malformed', reason: expect.stringMatching(/\.$/) });
    expect(refused.reason).not.toContain('xx');
    expect([server.rooms.stats().peers, server.rooms.feeds.size, server.writers.count]).toEqual([1, 2, 1]);
    expect((await feed.remove(reader('two'))).status).toBe(204);
    await until('it leaves', () => server.rooms.stats().peers === 0);
  });

  test('has as many parts as it says, counts those that ended no more, and may be left with none', async () => {
    const server = await startReadingServer();
    const names = Array.from({ length: MOST_PARTS }, (_, index) => `d${index}`);
    const feed = await open(server, names.slice(0, 100).map(watcher));
    expect((await feed.add(...names.slice(100).map(watcher))).status).toBe(204);
    await feed.down.has('people', MOST_PARTS);
    expect((await feed.add(watcher('more'))).status).toBe(413);
    server.live.end('d7' as never, 'open', 'the document was deleted');
    await feed.down.has('refused');
    expect((await feed.add(watcher('more'))).status).toBe(204);
    expect((await feed.change({ remove: [...names.slice(1), 'more'].map(watcher), add: [watcher('d8')] })).status).toBe(204);
    expect((await feed.remove(watcher('d0'), watcher('d0'), watcher('d8'), watcher('unknown'))).status).toBe(204);
    expect((await feed.change({})).status).toBe(204);
    expect([server.rooms.feeds.size, server.live.count('d0' as never), feed.down.isEnded]).toEqual([0, 0, false]);
  });

  test('is there for whoever has its id and came with the same secret, and for nobody else', async () => {
    const secrets = new SecretsForTest().set('ada', { role: 'editor' }).set('grace', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets });
    const closed = await open(server, [watcher('one'), writer('one')], { Authorization: 'Bearer ada' });
    const plain = await open(server, [{ ...watcher('one'), secret: 'ada' }]);
    const single = await new PostWriter(server.address, 'one', { headers: { Authorization: 'Bearer ada' } }).opened();
    await closed.down.has('connection', 2);
    const gone = await open(server, [watcher('one')], { Authorization: 'Bearer ada' });
    gone.down.cut();
    await until('it is gone', () => server.streams.count === 3);
    const change = { remove: [watcher('one')] };
    const nowhere = await Promise.all([
      closed.change(change, { Authorization: 'Bearer grace' }),
      closed.change(change, { Authorization: 'Bearer wrong' }),
      closed.change(change, { Authorization: '' }),
      closed.change(change, { 'Weft-Connection': plain.id }),
      plain.change(change, { Authorization: 'Bearer ada' }),
      closed.change(change, { 'Weft-Connection': 'A'.repeat(22) }),
      closed.change(change, { 'Weft-Connection': '' }),
      closed.change(change, { 'Weft-Connection': '__proto__' }),
      closed.change(change, { 'Weft-Connection': closed.writer('one').connection }),
      closed.change(change, { 'Weft-Connection': single.connection }),
      gone.change(change),
    ]);
    expect(new Set(nowhere.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 404, error: 'not-found', reason: 'There is no such feed; open it anew.' })]),
    );
    for (const feed of [closed, plain]) {
      expect(feed.down.names('one')).toEqual([]);
      expect((await feed.change(change)).status).toBe(204);
    }
    await until('both left it', () => server.rooms.feeds.size === 1);
  });

  test('has each new part looked at on its own, and whoever brings wrong secrets has to wait', async () => {
    const secrets = new SecretsForTest().set('ada', { role: 'editor', document: 'one' as never });
    const server = await startReadingServer({ authoriser: secrets, limits: { failuresPerMinute: 1 } });
    const feed = await open(server, [watcher('one')], { Authorization: 'Bearer ada' });
    expect((await feed.add(writer('two'), reader('one'), { ...reader('three'), secret: 'wrong' })).status).toBe(204);
    await feed.down.has('reader');
    await feed.down.has('refused', 2);
    expect(feed.ends.sort()).toEqual(['refused stream three unauthorized', 'refused writer two unauthorized']);
    // What was refused is not there, and can be asked for again.
    const wrong = Array.from({ length: 18 }, (_, index) => ({ document: `w${index}`, kind: 'stream', secret: 'wrong' }));
    expect((await feed.add(...wrong)).status).toBe(204);
    await feed.down.has('refused', 20);
    expect(await feed.remove(reader('one'))).toMatchObject({ status: 429, error: 'too-fast' });
    expect(feed.down.isEnded).toBe(false);
    expect(feed.down.text).not.toContain('wrong');
  });

  test('counts what joins it like a connection, and lets go at any time', async () => {
    const server = await startReadingServer({ limits: { connectsPerMinute: 1 } });
    const feed = await open(server, [watcher('one')]);
    for (let count = 1; count < 20; count++) {
      expect((await feed.change({ add: [reader('two')], remove: [reader('two')] })).status).toBe(204);
    }
    expect(await feed.add(reader('three'))).toMatchObject({ status: 429, error: 'too-fast' });
    expect((await feed.remove(reader('two'))).status).toBe(204);
    await until('it leaves', () => server.rooms.stats().peers === 0);
  });

  test('is closed to newcomers when the relay stops', async () => {
    const server = await startReadingServer();
    const feed = await open(server, [watcher('one')]);
    server.streams.close();
    await feed.down.ended();
    expect((await feed.add(watcher('two'))).status).toBe(404);
    expect((await new EventStreamClient(`${server.address}/feeds`, { body: [watcher('one')] }).ended()).status).toBe(503);
  });

  test.each(['looked at', 'brought to its room'])(
    'leaves nothing of a part that is removed while it is %s, or whose feed is cut then',
    async (when) => {
      const held: (() => void)[] = [];
      const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
      const goOn = (): void => {
        for (const each of held) each();
      };
      const secrets = new SecretsForTest().set('', { role: 'editor' });
      const authoriser: SecretsForTest = Object.create(secrets);
      if (when === 'looked at') {
        authoriser.authorise = async (secret, document) => {
          if (!document.startsWith('known')) await hold();
          return secrets.authorise(secret, document);
        };
      }
      const server = await startReadingServer({ authoriser: when === 'looked at' ? authoriser : secrets });
      onTestFinished(goOn);
      if (when !== 'looked at') {
        const load = server.store.load.bind(server.store);
        server.store.load = async (document) => {
          await hold();
          return load(document);
        };
      }
      const slow = [reader('one'), writer('two'), ...(when === 'looked at' ? [watcher('three')] : [])];
      const [removing, cut] = [await open(server, [watcher('known')]), await open(server, [watcher('known')])];
      for (const feed of [removing, cut]) {
        expect((await feed.add(...slow)).status).toBe(204);
      }
      await until('all are under way', () => held.length === (when === 'looked at' ? 2 * slow.length : slow.length));
      expect((await removing.remove(...slow)).status).toBe(204);
      cut.down.cut();
      await until('it is gone', () => server.streams.count === 1);
      goOn();
      await until('nobody is left', () => server.rooms.stats().peers === 0 && server.writers.count === 1);
      const grants = () => ['one', 'two', 'three'].map((document) => server.live.count(document as never));
      await until('nothing is held', () => grants().join() === '0,0,0');
      expect((await removing.add(watcher('known-too'))).status).toBe(204);
      await removing.down.has('people', 2);
      expect(removing.down.types()).toEqual(['connection', 'people', 'people']);
      expect(grants().join()).toBe('0,0,0');
      // No room was opened for nobody.
      if (when === 'looked at') expect(server.rooms.size).toBe(0);
    },
  );
});
