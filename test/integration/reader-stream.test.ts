import { afterEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  await endReadingServers();
});

const read = ({ address }: ReadingServer, headers: Record<string, string> = {}, document = 'paper') =>
  new EventStreamClient(`${address}/documents/${document}/stream`, { headers });

async function join({ webSocketAddress }: ReadingServer, name = 'Ada', document = 'paper'): Promise<StockClient> {
  return new StockClient(webSocketAddress, document, { name }).synced();
}

/** What somebody shows who was sent these frames and nothing else. */
const textOf = (reader: EventStreamClient) => reader.readInto(new Y.Doc());

describe('reading along over an event stream', () => {
  test('begins with the whole document in one sync-reply, and goes on with each update', async () => {
    const server = await startReadingServer();
    const ada = await join(server);
    ada.type('Hello');
    const grace = await join(server, 'Grace');
    await grace.shows('Hello');
    const reader = await read(server).has('frame');
    expect(reader.types()[0]).toBe('reader');
    expect(reader.frames()[0]?.type).toBe('sync-reply');
    expect(textOf(reader)).toBe('Hello');
    ada.type(', world');
    await until('the reader has it', () => textOf(reader) === 'Hello, world');
    expect(reader.frames().filter(({ type }) => type === 'sync-reply')).toHaveLength(1);
    expect(reader.frames().every(({ type }) => ['sync-reply', 'update', 'awareness'].includes(type))).toBe(true);
  });

  test('begins with an empty sync-reply where nothing was ever written, and stores nothing', async () => {
    const server = await startReadingServer();
    const reader = await read(server, {}, 'nothing-yet').has('frame');
    expect(reader.frames()[0]).toEqual({ type: 'sync-reply', update: Uint8Array.of(0, 0) });
    expect(await server.store.load('nothing-yet' as never)).toBeUndefined();
  });

  test('goes on after a cut with what is missing alone, wherever it was cut', async () => {
    const random = randomFrom(seedFromEnvironment());
    const server = await startReadingServer({ limits: { connectsPerMinute: 2 ** 31 } });
    const ada = await join(server);
    const grace = await join(server, 'Grace');
    ada.type('x'.repeat(50_000));
    const doc = new Y.Doc();
    let reader = await read(server).has('frame');
    let whole = 0;
    for (let cut = 0; cut < 40; cut++) {
      for (let key = below(random, 8); key > 0; key--) {
        const writer = random() < 0.5 ? ada : grace;
        const at = below(random, writer.text.length);
        if (random() < 0.3) writer.content.delete(at, Math.min(3, writer.text.length - at));
        else writer.content.insert(at, `${key}`);
        if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, 3));
      }
      reader.readInto(doc);
      const last = reader.lastEventId ?? '';
      reader.cut();
      reader = await read(server, { 'Last-Event-ID': last }).has('frame');
      const [reply] = reader.frames();
      if (reply?.type !== 'sync-reply') throw new Error('no sync-reply first');
      if (reply.update.length > 25_000) whole++;
    }
    expect(whole).toBe(0);
    await until('all have the same', () => {
      reader.readInto(doc);
      return ada.text === grace.text && doc.getText('content').toString() === ada.text;
    });
  });

  test('begins anew after an id of another document, of the future, or of an earlier opening of the room', async () => {
    const server = await startReadingServer({ limits: { graceMs: 50 } });
    let ada = await join(server);
    ada.type('Hello');
    const first = await read(server).has('frame');
    await until('it has it', () => textOf(first) === 'Hello');
    const id = first.lastEventId ?? '';
    const other = await read(server, {}, 'other').has('frame');
    for (const odd of [other.lastEventId ?? '', id.replace(/\d+$/, '999'), 'nonsense']) {
      const anew = await read(server, { 'Last-Event-ID': odd }).has('frame');
      expect(textOf(anew)).toBe('Hello');
      anew.cut();
    }
    const same = await read(server, { 'Last-Event-ID': id }).has('frame');
    expect(same.frames()[0]).toMatchObject({ type: 'sync-reply' });
    expect(textOf(same)).toBe('');
    for (const each of [first, other, same]) each.cut();
    ada.destroy();
    await until('the room is closed', () => server.rooms.size === 0);
    ada = await join(server);
    const later = await read(server, { 'Last-Event-ID': id }).has('frame');
    expect(textOf(later)).toBe('Hello');
  });

  test('is seen by editors as a viewer with its name and colour, renewed, and gone with the stream', async () => {
    const server = await startReadingServer();
    const ada = await join(server);
    const reader = read(server, { 'Weft-Name': encodeURIComponent('Ré\u202eader\n'), 'Weft-Color': '#a1b2c3' });
    const states = () => [...ada.provider.awareness.getStates().values()];
    await until('it is seen', () => states().some((state) => state.role === 'viewer'));
    expect(states().find(({ role }) => role === 'viewer')).toEqual({ user: { name: 'Ré ader', color: '#a1b2c3' }, role: 'viewer' });
    const [own] = reader.of('reader');
    expect(own).toEqual({ document: 'paper', presence: expect.any(Number) });
    expect([...ada.provider.awareness.getStates().keys()]).toContain(own?.presence);
    await until('it sees everybody', () => reader.awarenessNames().join() === 'Ada,Ré ader');
    reader.cut();
    await until('it is gone', () => ada.people.join() === 'Ada', 1_000);
  });

  test('has the name that its grant says, and grey for a colour that is none', async () => {
    const secrets = new SecretsForTest().set('s3cret', { name: 'Grace', role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets });
    const reader = read(server, { Authorization: 'Bearer s3cret', 'Weft-Name': 'Mallory', 'Weft-Color': 'url(x)' });
    await until('it sees itself', () => reader.awarenessNames().join() === 'Grace');
    expect(
      JSON.stringify(reader.frames().flatMap((frame) => (frame.type === 'awareness' ? [Buffer.from(frame.entries).toString()] : []))),
    ).toContain('#808080');
  });

  test('refuses a name that is no percent-encoding, and a head that is too large, before anybody is let in', async () => {
    const server = await startReadingServer();
    const odd = await read(server, { 'Weft-Name': '%zz' }).ended();
    expect([odd.status, JSON.parse(odd.text).error]).toEqual([400, 'malformed']);
    expect((await read(server, { 'Weft-Name': 'x'.repeat(64 * 1024) }).answered()).status).toBe(431);
    expect(server.rooms.size).toBe(0);
    expect(server.live.count('paper' as never)).toBe(0);
  });

  test('is a viewer whatever it may: there is no way up', async () => {
    const server = await startReadingServer();
    const ada = await join(server);
    ada.type('Hello');
    const reader = await read(server).has('frame');
    const body = encodeFrame({ type: 'update', update: Y.encodeStateAsUpdate(new Y.Doc()) });
    for (const connection of ['new', '', String(reader.of('reader')[0]?.presence), reader.lastEventId ?? '']) {
      const posted = await fetch(`${server.address}/documents/paper/frames`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream', 'Weft-Connection': connection, 'Weft-Frame': '1' },
        body: new Uint8Array([body.length, ...body]),
      });
      expect(posted.status).toBe(404);
    }
    expect(reader.frames().some(({ type }) => type === 'sync-request')).toBe(false);
    const put = await fetch(`${server.address}/documents/paper/stream`, { method: 'POST', body: 'x' });
    expect(put.status).toBe(404);
    expect(ada.text).toBe('Hello');
  });

  test('gets the difference when it has read too slowly, not everything that it missed', async () => {
    const server = await startReadingServer({ limits: { laggingBytes: 32 * 1024 } });
    const ada = await join(server);
    const reader = await read(server).has('frame');
    reader.stopReading();
    for (let page = 0; page < 300; page++) {
      ada.content.delete(0, ada.text.length);
      ada.type(`${page} ${'x'.repeat(60_000)}`);
      if (page % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until('whoever comes late has everything', async () => (await (await join(server, 'Late')).text) === ada.text);
    reader.readOn();
    await until('it has everything', () => textOf(reader) === ada.text);
    // Of 600; what the system holds for a connection is ten megabytes at most.
    expect(reader.frames().filter(({ type }) => type === 'update').length).toBeLessThan(500);
  });

  test('hears of a role that its grant gets, and ends with its grant', async () => {
    const server = await startReadingServer({ authoriser: new SecretsForTest().set('s3cret', {}) });
    const reader = await read(server, { Authorization: 'Bearer s3cret' }).has('frame');
    server.live.change('paper' as never, 's3cret', { role: 'editor', expiresAt: undefined });
    await until('it is told', () => reader.frames().some((frame) => frame.type === 'notice'));
    expect(reader.frames().find(({ type }) => type === 'notice')).toEqual({ type: 'notice', notice: { type: 'role', role: 'editor' } });
    server.live.end('paper' as never, 's3cret', 'revoked');
    await reader.ended(2_000);
    expect(reader.of('refused')).toEqual([expect.objectContaining({ kind: 'stream', error: 'unauthorized', comeBack: false })]);
    await until('it left', () => server.rooms.stats().peers === 0);
  });

  test('a full document and one that cannot be read are told in the stream that has begun', async () => {
    const server = await startReadingServer({ limits: { roomPeers: 1 } });
    await read(server).has('frame');
    const second = await read(server).ended();
    expect(second.of('refused')).toEqual([expect.objectContaining({ error: 'full', comeBack: true })]);
    server.store.load = async () => {
      throw new Error('damaged');
    };
    const broken = await read(server, {}, 'broken').ended();
    expect(broken.of('refused')).toEqual([expect.objectContaining({ error: 'unreadable', comeBack: true })]);
    expect([server.live.count('paper' as never), server.live.count('broken' as never)]).toEqual([1, 0]);
  });

  test('vanishes with a line that went dead, when it said that it would be heard of; signs of life have nothing in them', async () => {
    const server = await startReadingServer({ limits: { beatMs: 900 } });
    const alive = { 'Weft-Connection': 'alive' };
    const [silent, quiet, lively] = [
      read(server, alive),
      read(server, { 'Weft-Name': 'Quiet' }),
      read(server, { ...alive, 'Weft-Name': 'Lively' }),
    ];
    const feed = new EventStreamClient(`${server.address}/feeds`, { headers: alive, body: [{ document: 'paper', kind: 'stream' }] });
    for (const each of [silent, lively, feed]) await each.has('frame');
    expect(lively.types()[0]).toBe('connection');
    const post = (connection: string, body = '') =>
      fetch(`${server.address}/documents/paper/frames`, {
        method: 'POST',
        headers: { 'Weft-Connection': connection, 'Content-Type': 'application/octet-stream' },
        ...(body === '' ? {} : { body }),
      });
    const id = String(lively.of('connection')[0]?.connection);
    while (!silent.isEnded || !feed.isEnded) {
      expect((await post(id)).status).toBe(204);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect([quiet.isEnded, lively.isEnded]).toEqual([false, false]);
    await until('two are left', () => server.rooms.stats().peers === 2);
    const written = await post(id, 'x');
    expect(written.status).toBe(403);
    expect((await post(String(silent.of('connection')[0]?.connection))).status).toBe(404);
    expect((await read(server, { 'Weft-Connection': 'undead' }).ended()).status).toBe(400);
    lively.cut();
    await until('none is expected any more', () => server.writers.count === 0);
  });
});
