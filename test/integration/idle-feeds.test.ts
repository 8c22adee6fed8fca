/** Feeds that carry nothing: nobody holds a connection of the relay without a part that was let in (feed.ts, R5). */
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient } from '../support/feed-client';
import { endReadingServers, SecretsForTest, startReadingServer } from '../support/reading-server';

/** A heartbeat is a quarter of a second. */
const limits = { beatMs: 250 };
const own = { document: 'own', kind: 'presence' };
const foreign = { document: 'foreign', kind: 'presence' };

afterEach(async () => {
  endEventStreamClients();
  await endReadingServers();
});

const heartbeats = ({ events }: EventStreamClient) => events.filter(({ event }) => event === 'heartbeat').length;
const start = () => startReadingServer({ limits, authoriser: new SecretsForTest().set('ada', { document: 'own' as never }) });
const open = (address: string, parts: readonly { document: string; kind: string }[]) =>
  new FeedClient(address, parts, { Authorization: 'Bearer ada' }).opened();

describe('a feed without a part that was let in', () => {
  test.each(['presence', 'stream', 'writer'])('ends within a heartbeat when nobody was let in to its part: %s', async (kind) => {
    const { address, streams, writers } = await start();
    const stranger = new EventStreamClient(`${address}/feeds`, { body: [{ document: 'own', kind }] });
    await stranger.ended();
    expect(stranger.types()).toEqual(['connection', 'refused']);
    // Each stream is spoken to on one beat in three, and at the third beat it is over.
    expect(heartbeats(stranger)).toBeLessThanOrEqual(1);
    await until('nothing is left of it', () => streams.count === 0 && writers.count === 0);
  });

  test('goes on while one of its parts was let in, whatever the others were refused', async () => {
    const { address, streams } = await start();
    const feed = await open(address, [own, foreign]);
    await until('many heartbeats have passed', () => heartbeats(feed.down) >= 6 || feed.down.isEnded);
    expect([feed.down.isEnded, feed.ends, streams.count]).toEqual([false, ['refused presence foreign unauthorized'], 1]);
  });

  test('has a heartbeat for another part after the last one was taken away, and ends without one', async () => {
    const { address } = await start();
    const feed = await open(address, [own]);
    for (let round = 0; round < 3; round++) {
      expect((await feed.remove(own)).status).toBe(204);
      expect((await feed.add(own)).status).toBe(204);
    }
    const before = heartbeats(feed.down);
    await until('many heartbeats have passed', () => heartbeats(feed.down) >= before + 6 || feed.down.isEnded);
    expect(feed.down.isEnded).toBe(false);
    expect((await feed.remove(own)).status).toBe(204);
    await feed.down.ended();
    expect((await feed.add(own)).status).toBe(404);
  });

  test('is not kept by asking again and again for what it may not have', async () => {
    const { address } = await start();
    const feed = await open(address, [foreign]);
    while ((await feed.add(foreign)).status !== 404) await until('it is refused or over', () => feed.down.isEnded || feed.ends.length > 0);
    await feed.down.ended();
    expect(heartbeats(feed.down)).toBeLessThanOrEqual(1);
  });
});
