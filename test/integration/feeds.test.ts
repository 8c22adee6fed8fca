import { afterEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { MOST_PARTS } from '../../server/transports/feed-requests';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient } from '../support/feed-client';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  await endReadingServers();
});

const feed = ({ address }: ReadingServer, body: unknown, headers: Record<string, string> = {}) =>
  new EventStreamClient(`${address}/feeds`, { headers, body });

describe('one stream for many documents', () => {
  test('tells who is in each of them, and opens none that nobody is in', async () => {
    const server = await startReadingServer();
    const documents = Array.from({ length: 30 }, (_, index) => `d${index}`);
    const ada = await new StockClient(server.webSocketAddress, 'd3', { name: 'Ada' }).synced();
    await new StockClient(server.webSocketAddress, 'd7', { name: 'Grace' }).synced();
    const stream = feed(
      server,
      documents.map((document) => ({ document, kind: 'presence' })),
    );
    await stream.has('people', 30);
    await until('both are seen', () => stream.names('d3').join() === 'Ada' && stream.names('d7').join() === 'Grace');
    expect(documents.flatMap((document) => stream.names(document))).toEqual(['Ada', 'Grace']);
    expect([server.streams.count, server.rooms.size]).toEqual([1, 2]);
    ada.destroy();
    await until('Ada is gone', () => stream.names('d3').length === 0);
    stream.cut();
    await until('nothing is left', () => server.streams.count === 0 && server.live.count('d9' as never) === 0);
  });

  test('carries the frames of several, each with its document, and seen as a reader in each', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'one', { name: 'Ada' }).synced();
    const grace = await new StockClient(server.webSocketAddress, 'two', { name: 'Grace' }).synced();
    const stream = feed(
      server,
      ['one', 'two'].map((document) => ({ document, kind: 'stream' })),
      { 'Weft-Name': 'Joan' },
    );
    await stream.has('reader', 2);
    ada.type('first');
    grace.type('second');
    await until(
      'both texts are there',
      () => stream.readInto(new Y.Doc(), 'one') === 'first' && stream.readInto(new Y.Doc(), 'two') === 'second',
    );
    await until('both see the reader', () => ada.people.join() === 'Ada,Joan' && grace.people.join() === 'Grace,Joan');
    stream.cut();
    await until('both see it go', () => ada.people.join() === 'Ada' && grace.people.join() === 'Grace', 1_000);
  });

  test('goes on in each of them after the event that is named for it', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'one', { name: 'Ada' }).synced();
    ada.type('x'.repeat(10_000));
    const parts = [
      { document: 'one', kind: 'stream' },
      { document: 'one', kind: 'presence' },
    ];
    const first = feed(server, parts);
    const doc = new Y.Doc();
    await until('it is up to date', () => first.readInto(doc, 'one') === ada.text && first.names('one').join() === ',Ada');
    const lastEventId = (event: (name: string) => boolean) =>
      first.events.findLast((each) => each.id !== undefined && event(each.event ?? ''))?.id;
    const ids = { stream: lastEventId((name) => name === 'frame'), presence: lastEventId((name) => name !== 'frame') };
    // Somebody else watches on, so that the feed is kept.
    await feed(server, [{ document: 'one', kind: 'presence' }]).has('people');
    first.cut();
    ada.type('!');
    const second = feed(server, [
      { document: 'one', kind: 'stream', lastEventId: ids.stream },
      { document: 'one', kind: 'presence', lastEventId: ids.presence },
    ]);
    await until('it has the rest', () => second.readInto(doc, 'one') === ada.text);
    const [reply] = second.frames('one');
    expect(reply?.type === 'sync-reply' && reply.update.length).toBeLessThan(200);
    expect(second.types()).not.toContain('people');
  });

  test.each(['begins with', 'takes on'])(
    'brings all anew after an id of another document or of the future, for a part that it %s',
    async (when) => {
      const server = await startReadingServer();
      const ada = await new StockClient(server.webSocketAddress, 'one', { name: 'Ada' }).synced();
      ada.type('Hello');
      await new StockClient(server.webSocketAddress, 'two', { name: 'Grace' }).synced();
      const first = await new FeedClient(server.address, [
        ...['one', 'two'].flatMap((document) => [
          { document, kind: 'stream' },
          { document, kind: 'presence' },
        ]),
      ]).opened();
      await until('it has it', () => first.down.readInto(new Y.Doc(), 'one') === 'Hello' && first.down.names('two').join() === ',Grace');
      const newest = (document: string, kind: string) =>
        first.down.events.findLast(
          ({ id, event, data }) => id !== undefined && (event === 'frame') === (kind === 'stream') && data.includes(document),
        )?.id ?? '';
      for (const kind of ['stream', 'presence']) {
        const own = newest('one', kind);
        expect(own).toMatch(/-\d+$/);
        const odd = [
          newest('two', kind),
          own.replace(/\d+$/, '999999'),
          own.replace(/\d+$/, '-1'),
          `${own}x`,
          '\n\ndata: evil',
          'é'.repeat(40),
        ];
        for (const lastEventId of odd) {
          const part = { document: 'one', kind, lastEventId };
          const begin = when === 'begins with' ? part : { document: 'none', kind: 'presence' };
          const feed = await new FeedClient(server.address, [begin]).opened();
          if (when !== 'begins with') expect((await feed.add(part)).status).toBe(204);
          if (kind === 'stream') await until('all of it is there', () => feed.down.readInto(new Y.Doc(), 'one') === 'Hello');
          else await until('everyone is there', () => feed.down.of('people').some(({ document }) => document === 'one'));
          expect(feed.ends).toEqual([]);
          feed.down.cut();
        }
      }
    },
  );

  test('answers a part that is not allowed with an event, and tells of the others', async () => {
    const secrets = new SecretsForTest()
      .set('first-secret', { document: 'one' as never, key: 'k1' })
      .set('second-secret', { document: 'two' as never, key: 'k2' });
    const server = await startReadingServer({ authoriser: secrets });
    const stream = feed(server, [
      { document: 'one', kind: 'presence', secret: 'first-secret' },
      { document: 'two', kind: 'presence', secret: 'first-secret' },
      { document: 'two', kind: 'stream', secret: 'second-secret' },
      { document: 'three', kind: 'stream' },
    ]);
    await stream.has('refused', 2);
    await stream.has('people');
    await stream.has('frame');
    expect(
      stream
        .of('refused')
        .map(({ document, kind, error }) => [document, kind, error])
        .sort(),
    ).toEqual([
      ['three', 'stream', 'unauthorized'],
      ['two', 'presence', 'unauthorized'],
    ]);
    server.live.end('two' as never, 'k2', 'revoked');
    await stream.has('refused', 3);
    expect(stream.isEnded).toBe(false);
    secrets.delete('first-secret');
    server.live.end('one' as never, 'k1', 'revoked');
    await stream.has('refused', 4);
    expect(stream.text).not.toMatch(/first-secret|second-secret/);
  });

  test.each<[string, unknown, number]>([
    ['no array', { document: 'one', kind: 'presence' }, 400],
    ['an empty array', [], 400],
    ['null', [null], 400],
    ['no kind', [{ document: 'one' }], 400],
    ['another kind', [{ document: 'one', kind: 'everything' }], 400],
    ['no document id', [{ document: '../one', kind: 'presence' }], 400],
    ['a line break in an id', [{ document: 'one\ndata: x', kind: 'presence' }], 400],
    ['a secret that is no text', [{ document: 'one', kind: 'presence', secret: 1 }], 400],
    [
      'a document twice',
      [
        { document: 'one', kind: 'presence' },
        { document: 'one', kind: 'presence' },
      ],
      400,
    ],
    ['too many', Array.from({ length: MOST_PARTS + 1 }, (_, index) => ({ document: `d${index}`, kind: 'presence' })), 413],
    ['too large', [{ document: 'one', kind: 'presence', secret: 'x'.repeat(70_000) }], 413],
  ])('refuses a body that is wrong: %s', async (_what, body, status) => {
    const server = await startReadingServer();
    const refused = await feed(server, body).ended();
    expect(refused.status).toBe(status);
    expect(JSON.parse(refused.text)).toEqual({ error: expect.any(String), reason: expect.any(String) });
    expect(server.streams.count).toBe(0);
  });

  test('takes as many documents as it says, and an event id that is none as unknown', async () => {
    const server = await startReadingServer();
    const parts = Array.from({ length: MOST_PARTS }, (_, index) => ({
      document: `d${index}`,
      kind: 'presence',
      lastEventId: index === 0 ? 'x'.repeat(999) : null,
    }));
    await feed(server, parts).has('people', MOST_PARTS);
  });
});
