import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { until } from '../support/condition';
import { endEventStreamClients } from '../support/event-stream-client';
import { LossyProxy } from '../support/lossy-proxy';
import { joinFrames, PostWriter } from '../support/post-writer';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, RawClient, RawSocket } from '../support/raw-client';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { Typist } from '../support/room-for-test';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  endRawClients();
  await endReadingServers();
});

const FAST = { messagesPerSecond: 2 ** 31, messagesBurst: 2 ** 31, connectsPerMinute: 2 ** 31 };
const REQUEST = encodeFrame({ type: 'sync-request', stateVector: Uint8Array.of(0) });

const write = (server: ReadingServer, document = 'paper', headers: Record<string, string> = {}) =>
  new PostWriter(server.address, document, { headers }).opened();

/** Frames of one key each. */
function keys(typist: Typist, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => encodeFrame({ type: 'update', update: typist.type(String(index % 10)) }));
}

describe('writing by POST, beside a stream', () => {
  test('R4 has four large bodies on their way at the most, and small ones all the same', async () => {
    const server = await startReadingServer();
    const writer = await write(server);
    const { port } = new URL(server.address);
    /** It is told to go on when the relay has its head. */
    const open = async () => {
      const socket = new RawSocket(Number(port));
      const headers = ['Host: 127.0.0.1', 'Content-Type: application/octet-stream', 'Content-Length: 100000', 'Expect: 100-continue'];
      headers.push(`Weft-Connection: ${writer.connection}`, 'Weft-Frame: 1');
      socket.write(`POST /documents/paper/frames HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      await until('the relay has its head', () => socket.text.includes('HTTP/1.1 100'));
      return socket;
    };
    const [first] = [await open(), await open(), await open(), await open()];
    const fifth = await open();
    await until('the fifth is refused', () => fifth.text.includes('HTTP/1.1 503'));
    expect((await writer.post(1, [REQUEST])).status).toBe(200);
    // Whoever goes away makes room.
    first.socket.destroy();
    await until('there is room again', async () => {
      const next = await open();
      // Too many frames, once it is read.
      next.write(Buffer.alloc(100_000));
      await until('it is answered', () => /HTTP\/1.1 (503|400)/.test(next.text));
      return next.text.includes('HTTP/1.1 400');
    });
  });

  test('begins with a random connection id of 128 bits, and is like a socket from then on', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const writer = await write(server);
    expect(writer.down.types()[0]).toBe('connection');
    expect(writer.connection).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect((await write(server)).connection).not.toBe(writer.connection);
    const typist = new Typist(77);
    const state = JSON.stringify({ user: { name: 'Grace', color: '#010203' } });
    const answer = await writer.post(1, [
      REQUEST,
      { type: 'awareness', entries: encodeAwareness([{ id: 77, clock: 1, state }]) },
      { type: 'update', update: typist.type(', world') },
    ]);
    expect(answer).toEqual({ status: 200, body: { received: 3 } });
    await until('Ada sees it', () => ada.text.includes(', world') && ada.people.join() === 'Ada,Grace');
    await until('the relay tells how many it has', () => writer.progress.received === 1);
    expect(writer.down.frames().map(({ type }) => type)).toEqual(
      expect.arrayContaining(['sync-request', 'sync-reply', 'awareness', 'progress']),
    );
    ada.type('!');
    await until('it hears Ada', () => writer.down.readInto(typist.doc) === ada.text);
    writer.down.cut();
    await until('it is gone', () => ada.people.join() === 'Ada', 1_000);
    await until('so is its connection', () => server.writers.count === 1);
  });

  test('10,000 frames through a proxy that loses, doubles and delays have the same bytes and counts as over WebSocket', async () => {
    const random = randomFrom(seedFromEnvironment());
    const server = await startReadingServer({ limits: FAST });
    const proxy = await LossyProxy.start(server.address, random);
    onTestFinished(() => proxy.stop());
    const typist = new Typist(5);
    const frames = keys(typist, 10_000);
    const raw = await new RawClient(`${server.webSocketAddress}/socket`, { protocols: [SUBPROTOCOL_WEFT] }).joined();
    for (const frame of frames) raw.send(frame);
    const writer = await new PostWriter(server.address, 'posts', { posts: proxy.address }).opened();
    const requests = await writer.sendAll(frames, () => 1 + below(random, 80));
    expect(requests).toBeGreaterThan(150);
    for (const fault of ['request lost', 'answer lost', 'doubled', 'doubled, first answer', 'delayed'])
      expect(proxy.counts.get(fault)).toBeGreaterThan(0);
    const progressOf = () => raw.frames.findLast((frame) => frame.type === 'progress');
    await until('both have all', () => writer.progress.received === 10_000 && progressOf()?.received === 10_000);
    const states = await Promise.all(
      ['socket', 'posts'].map(async (document) => {
        const reader = await new StockClient(server.webSocketAddress, document).synced();
        return Buffer.from(Y.encodeStateAsUpdate(reader.doc)).toString('base64');
      }),
    );
    expect(states[1]).toBe(states[0]);
    expect(states[0]).toBe(Buffer.from(typist.all()).toString('base64'));
  });

  test('takes each number once: what was taken is skipped, a part of a body too, and a hole takes nothing', async () => {
    const server = await startReadingServer();
    const writer = await write(server);
    const typist = new Typist(5);
    const frames = keys(typist, 6);
    expect(await writer.post(1, frames.slice(0, 3))).toEqual({ status: 200, body: { received: 3 } });
    expect(await writer.post(1, frames.slice(0, 3))).toEqual({ status: 200, body: { received: 3 } });
    expect(await writer.post(2, frames.slice(1, 4))).toEqual({ status: 200, body: { received: 4 } });
    const hole = await writer.post(6, frames.slice(5));
    expect(hole).toEqual({ status: 409, body: { error: 'hole', reason: 'Frames are missing; the next one is number 5.', received: 4 } });
    expect(await writer.post(5, frames.slice(4))).toEqual({ status: 200, body: { received: 6 } });
    expect(await writer.post(1, [])).toEqual({ status: 200, body: { received: 6 } });
    await until('all are counted once', () => writer.progress.received === 6);
    const reader = await new StockClient(server.webSocketAddress, 'paper').synced();
    await reader.shows('012345');
  });

  test.each(['0', '-1', '1.5', 'x', '', '99999999999999999999'])('refuses the number %j', async (number) => {
    const writer = await write(await startReadingServer());
    expect((await writer.postBytes(number, joinFrames([REQUEST]))).status).toBe(400);
  });

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/octet-streams', 'image/png', ''])(
    'R5 refuses a body that is said to be %j, and takes nothing of it',
    async (type) => {
      const server = await startReadingServer();
      const writer = await write(server);
      const frame = encodeFrame({ type: 'update', update: new Typist(5).type('x') });
      const refused = await writer.postBytes(1, joinFrames([frame]), { 'Content-Type': type });
      const reason = 'Frames have to come with the header “Content-Type: application/octet-stream”.';
      expect(refused).toEqual({ status: 415, body: { error: 'malformed', reason } });
      // Valid JSON, as a parser before ours would have taken it.
      const json = new Uint8Array(Buffer.from('[]'));
      expect((await writer.postBytes(1, json, { 'Content-Type': type })).status).toBe(415);
      expect(writer.down.isEnded).toBe(false);
      expect(await writer.post(1, [frame], { 'Content-Type': 'Application/Octet-Stream; x=1' })).toEqual({
        status: 200,
        body: { received: 1 },
      });
    },
  );

  test('R5 takes what has nothing in it for a sign of life, whatever it says that it is', async () => {
    const writer = await write(await startReadingServer());
    for (const type of ['application/json', 'text/plain;charset=UTF-8'])
      expect(await writer.post(1, [], { 'Content-Type': type })).toEqual({ status: 200, body: { received: 0 } });
  });

  test('takes a body whole or not at all, and what no room believes ends the connection', async () => {
    const server = await startReadingServer();
    const writer = await write(server);
    const typist = new Typist(5);
    const [good] = keys(typist, 1);
    const torn = joinFrames([good ?? REQUEST, REQUEST]).slice(0, -1);
    expect(await writer.postBytes(1, torn)).toMatchObject({ status: 400, body: { error: 'malformed' } });
    expect((await writer.postBytes(1, joinFrames(Array.from({ length: 10_001 }, () => REQUEST)))).status).toBe(400);
    expect(await writer.post(1, [good ?? REQUEST])).toMatchObject({ body: { received: 1 } });
    expect(await writer.post(2, [Uint8Array.of(200, 1)])).toMatchObject({ status: 400, body: { error: 'malformed' } });
    await writer.down.ended(2_000);
    expect(writer.down.of('refused')).toEqual([expect.objectContaining({ error: 'malformed', comeBack: false })]);
    expect((await writer.post(3, [REQUEST])).status).toBe(404);
    expect(server.writers.count).toBe(0);
  });

  test('is for the grant that opened the stream alone, and for its document', async () => {
    const secrets = new SecretsForTest();
    for (const key of ['ada', 'grace']) secrets.set(key, { role: 'editor' });
    secrets.set('ada-too', { role: 'editor', key: 'ada' });
    const server = await startReadingServer({ authoriser: secrets });
    const writer = await write(server, 'paper', { Authorization: 'Bearer ada' });
    expect(await writer.post(1, [REQUEST], { Authorization: 'Bearer grace' })).toMatchObject({ status: 403, body: { error: 'forbidden' } });
    expect((await writer.post(1, [REQUEST], { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await writer.post(1, [REQUEST], { Authorization: '' })).status).toBe(401);
    const other = new PostWriter(server.address, 'other', { headers: { Authorization: 'Bearer ada' } });
    await other.opened();
    expect((await other.post(1, [REQUEST], { 'Weft-Connection': writer.connection })).status).toBe(404);
    expect((await writer.post(1, [REQUEST], { 'Weft-Connection': 'x'.repeat(22) })).status).toBe(404);
    expect(await writer.post(1, [REQUEST], { Authorization: 'Bearer ada-too' })).toMatchObject({ status: 200, body: { received: 1 } });
    server.live.end('paper' as never, 'ada', 'revoked');
    await writer.down.ended(2_000);
    expect((await writer.post(2, [REQUEST])).status).toBe(404);
  });

  test('is held to its role at each frame: what a viewer writes is neither kept nor counted', async () => {
    const secrets = new SecretsForTest().set('ada', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets });
    const writer = await write(server, 'paper', { Authorization: 'Bearer ada' });
    const typist = new Typist(5);
    await writer.post(1, keys(typist, 2));
    await until('both are counted', () => writer.progress.received === 2);
    server.live.change('paper' as never, 'ada', { role: 'viewer', expiresAt: undefined });
    await until('it is told', () => writer.down.frames().some(({ type }) => type === 'notice'));
    expect(await writer.post(3, keys(typist, 2))).toMatchObject({ status: 200, body: { received: 4 } });
    await writer.post(5, [REQUEST]);
    await writer.synced();
    expect(writer.progress.received).toBe(2);
    expect(writer.down.readInto(new Y.Doc())).toBe('01');
  });

  test('delays the answers of whoever sends too much, and refuses more than a few requests at once', async () => {
    const server = await startReadingServer({ limits: { messagesPerSecond: 100, messagesBurst: 50 } });
    const writer = await write(server);
    const beat = Uint8Array.of(1, 1, 0);
    const startedAt = performance.now();
    await writer.post(
      1,
      Array.from({ length: 90 }, () => beat),
    );
    await writer.post(91, [beat]);
    expect(performance.now() - startedAt).toBeGreaterThan(350);
    await writer.post(
      92,
      Array.from({ length: 90 }, () => beat),
    );
    const many = await Promise.all(Array.from({ length: 8 }, () => writer.post(182, [beat])));
    expect(many.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429, 429, 429, 429]);
    expect(many.filter(({ status }) => status === 200).every(({ body }) => body.received === 182)).toBe(true);
  });

  test('reads no body for a connection that is none, and none that is larger than a document', async () => {
    const server = await startReadingServer({ limits: { documentBytes: 64 * 1024 } });
    const writer = await write(server);
    const large = new Uint8Array(200 * 1024);
    expect((await writer.postBytes(1, large)).status).toBe(413);
    expect((await writer.postBytes(1, large, { 'Weft-Connection': 'nobody' })).status).toBe(404);
  });

  test('ends with silence, and with a probe that is not answered; any POST answers', async () => {
    const server = await startReadingServer({ limits: { beatMs: 900, holderMs: 150 } });
    const silent = await write(server);
    const lively = await write(server);
    while (!silent.down.isEnded) {
      expect((await lively.post(1, [])).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect(lively.down.isEnded).toBe(false);
    // Another connection writes under the same client id: the holder is asked whether it lives.
    const typist = new Typist(5);
    const updates = [typist.type('a'), typist.type('b')];
    await lively.post(1, [{ type: 'update', update: updates[0] ?? new Uint8Array() }]);
    const heir = await write(server);
    void heir.post(1, [{ type: 'update', update: updates[1] ?? new Uint8Array() }]);
    await until('it is asked', () => lively.down.types().includes('probe'));
    await lively.down.ended(2_000);
    expect(server.log.lines.some(({ message }) => message.includes('probe'))).toBe(true);
  });

  test('takes nothing any more once the relay stops: it could not be saved', async () => {
    const server = await startReadingServer();
    const writer = await write(server);
    server.writers.stopReading();
    expect(await writer.post(1, keys(new Typist(5), 1))).toMatchObject({ status: 503, body: { error: 'restarting' } });
    expect(await server.store.load('paper' as never)).toBeUndefined();
  });
});
