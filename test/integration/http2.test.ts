/** The relay with a certificate: HTTP/2, HTTP/1.1 and WebSocket on one port, with real clients of each. */
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest';
import * as Y from 'yjs';
import { systemClock } from '../../server/system-clock';
import { createHttpServer } from '../../server/transports/http-server';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { Rejected } from '../../src/shared/protocol/rejections';
import { makeCertificate } from '../support/certificate';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { endHttp2Clients, Http2Client } from '../support/http2-client';
import { KeptLog } from '../support/kept-log';
import { joinFrames } from '../support/post-writer';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRawHttp2, FRAME, RawHttp2 } from '../support/raw-http2';
import { endReadingServers, type ReadingServer, type ReadingServerOptions, startReadingServer } from '../support/reading-server';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endHttp2Clients();
  endRawClients();
  endRawHttp2();
  endStockClients();
  await endReadingServers();
});

// Node warns of headers that HTTP/2 has no place for, once a process: it would be in the relay's log.
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));
afterAll(() => expect(warnings).toEqual([]));

const REFUSED_STREAM = 7;

const start = (options: ReadingServerOptions = {}) => startReadingServer({ tls: makeCertificate(), ...options });
const connected = ({ address }: ReadingServer) => new Http2Client(address).opened();
const join = ({ webSocketAddress }: ReadingServer, name = 'Ada', document = 'paper') =>
  new StockClient(webSocketAddress, document, { name, trustsAnyone: true }).synced();
const read = ({ address }: ReadingServer, over: Http2Client, headers: Record<string, string> = {}, document = 'paper') =>
  new EventStreamClient(`${address}/documents/${document}/stream`, { over, headers });
const textOf = (reader: EventStreamClient) => reader.readInto(new Y.Doc());

describe('one port', () => {
  test.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [['http/1.1', 'h2'], 'h2'],
    [undefined, false],
  ])('speaks with a client that offers %j by %j', async (ALPNProtocols, spoken) => {
    const { port } = await start();
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    });
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.alpnProtocol).toBe(spoken);
  });

  test('carries what is written over a WebSocket to who reads over HTTP/2, and what is POSTed there back', async () => {
    const server = await start();
    const http2 = await connected(server);
    const ada = await join(server);
    ada.type('Hello');
    const reader = read(server, http2);
    const watcher = new EventStreamClient(`${server.address}/feeds`, { over: http2, body: [{ document: 'paper', kind: 'presence' }] });
    const writer = await read(server, http2, { 'Weft-Connection': 'new' }).has('connection');
    await until('the reader has it', () => textOf(reader) === 'Hello');
    await until('the watcher sees her', () => watcher.names().includes('Ada'));
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'By POST. ');
    const body = joinFrames([encodeFrame({ type: 'update', update: Y.encodeStateAsUpdate(doc) })]);
    const headers = {
      'content-type': 'application/octet-stream',
      'weft-connection': String(writer.of('connection')[0]?.connection),
      'weft-frame': '1',
    };
    const posted = await http2.ask('/documents/paper/frames', { method: 'POST', headers, body });
    expect([posted.status, posted.body]).toEqual([200, '{"received":1}']);
    // What it is has to be said here too, where a body need not say how long it is.
    const { 'content-type': _type, ...silent } = headers;
    expect((await http2.ask('/documents/paper/frames', { method: 'POST', headers: silent, body })).status).toBe(415);
    expect((await http2.ask('/documents/paper/frames', { method: 'POST', headers: silent })).status).toBe(200);
    await until('both have both', () => ada.text.length === 14 && textOf(reader) === ada.text);
    expect(await server.sockets()).toBe(2);
  });

  test('takes a page of events over HTTP/1.1 too, with nothing but its bytes in it', async () => {
    const server = await start();
    const reader = await new EventStreamClient(`${server.address}/documents/paper/stream`).has('frame');
    expect(reader.headers['transfer-encoding']).toBeUndefined();
    const ada = await join(server);
    ada.type('Hello');
    await until('it has it', () => textOf(reader) === 'Hello');
  });

  test('hands a certificate that was renewed to whoever connects from then on, and cuts nobody', async () => {
    const [before, after] = [makeCertificate({ name: 'before' }), makeCertificate({ name: 'after' })];
    const server = await start({ tls: before });
    const subject = ({ session }: Http2Client) => (session.socket as TLSSocket).getPeerCertificate().subject.CN;
    const first = await connected(server);
    server.renew({ cert: Buffer.from(after.cert), key: Buffer.from(after.key) });
    const second = await connected(server);
    expect([subject(first), subject(second)]).toEqual(['before', 'after']);
    expect((await first.ask('/nothing')).status).toBe(404);
  });
});

describe('streams on one connection', () => {
  test('are connections, each of them: beyond the limit it is full, and there is room when one has gone', async () => {
    const server = await start({ limits: { connections: 3 } });
    const http2 = await connected(server);
    const readers = [0, 1, 2].map((index) => read(server, http2, {}, `paper-${index}`));
    for (const reader of readers) await reader.has('frame');
    const fourth = await read(server, http2, {}, 'paper-4').ended();
    expect([fourth.status, JSON.parse(fourth.text).error]).toEqual([503, 'full']);
    readers[0]?.cut();
    await until('its stream is gone', () => server.streams.count === 2 && server.rooms.stats().peers === 2);
    await read(server, http2, {}, 'paper-5').has('frame');
    http2.cut();
    await until('all are gone with their connection', () => server.streams.count === 0 && server.rooms.stats().peers === 0);
  });

  test('count for the rate of their address', async () => {
    const server = await start({ limits: { connectsPerMinute: 1 } });
    const http2 = await connected(server);
    for (let count = 0; count < 20; count++) read(server, http2, {}, `paper-${count}`);
    const beyond = await read(server, http2).ended();
    expect(beyond.status).toBe(429);
  });

  test('are 128 at once at most; more are refused, and those that are there go on', async () => {
    const server = await start();
    const client = (await RawHttp2.connected(server.port)).begin();
    for (let count = 0; count < 130; count++) client.ask(`/documents/paper-${count}/presence`);
    const types = () => client.frames().map(({ type, word }) => (type === FRAME.resetStream && word === REFUSED_STREAM ? 'refused' : type));
    await until('two are refused', () => types().filter((type) => type === 'refused').length === 2);
    await until('all others are open', () => types().filter((type) => type === FRAME.headers).length === 128);
    expect([client.isClosed, server.streams.count]).toEqual([false, 128]);
  });

  test('do not wait for each other: who does not read one gets all others at once, and of that one the difference later', async () => {
    const server = await start({ limits: { laggingBytes: 64 * 1024 } });
    const http2 = await connected(server);
    const ada = await join(server);
    const [deaf, quick] = [await read(server, http2).has('frame'), await read(server, http2).has('frame')];
    deaf.stopReading();
    for (let page = 0; page < 20; page++) {
      const before = quick.text.length;
      ada.content.delete(0, ada.text.length);
      ada.type(`${page} ${'x'.repeat(60_000)}`);
      await until('the quick one has the page', () => quick.text.length > before + 80_000);
    }
    expect(textOf(quick)).toBe(ada.text);
    expect(http2.isClosed).toBe(false);
    deaf.readOn();
    await until('the other has everything', () => textOf(deaf) === ada.text);
    // What was in its window, what made it lag, and the difference; not all twenty pages.
    expect(deaf.text.length).toBeLessThan(quick.text.length * 0.75);
  });

  test('end when nobody reads them for thirty seconds, alone; a document that is read slowly arrives', async () => {
    const server = await start({ limits: { beatMs: 600 } });
    const ada = await join(server);
    ada.type('x'.repeat(1_500_000));
    await until('the relay has it', async () => (await join(server, 'Late')).text.length === 1_500_000);
    const http2 = await connected(server);
    const idle = await read(server, http2, {}, 'empty').answered();
    const deaf = await new EventStreamClient(`${server.address}/documents/paper/stream`, { over: http2, isDeaf: true }).answered();
    const slow = http2.request('/documents/paper/stream');
    let bytes = 0;
    // Four seconds for all of it, where the time of thirty is 1.4.
    slow.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      slow.pause();
      setTimeout(() => slow.resume(), (4_000 * chunk.length) / 2_000_000);
    });
    await until('all of it has come', () => bytes > 2_000_000 || slow.closed, 15_000);
    expect(slow.closed).toBe(false);
    await until('the deaf one is gone', () => server.streams.count === 2);
    deaf.readOn();
    await deaf.ended();
    expect([idle.isEnded, http2.isClosed]).toEqual([false, false]);
  });

  test('carry ten large documents at once', async () => {
    const server = await start();
    const size = 1.5 * 1024 * 1024;
    for (let index = 0; index < 10; index++) {
      const ada = await join(server, 'Ada', `paper-${index}`);
      ada.type('x'.repeat(size));
      await until('it is there', async () => (await join(server, 'Late', `paper-${index}`)).text.length === size);
    }
    const http2 = await connected(server);
    const readers = Array.from({ length: 10 }, (_, index) => read(server, http2, {}, `paper-${index}`));
    await until('all have theirs', () => readers.every(({ text }) => text.length > (size * 4) / 3), 20_000);
    for (const reader of readers) expect(textOf(reader).length).toBe(size);
  });

  test('cost 31 bytes an event at most, beside the event itself: a frame’s head and that of a TLS record', async () => {
    const server = await start();
    const ada = await join(server);
    const line = await countingLine(server.port);
    const http2 = await new Http2Client(`https://127.0.0.1:${line.port}`).opened();
    const reader = await read(server, http2).has('frame');
    await until('it is quiet', () => reader.frames().some(({ type }) => type === 'awareness'));
    const [bytesBefore, textBefore] = [line.bytes, reader.text.length];
    for (let key = 1; key <= 50; key++) {
      ada.type('x');
      await until('it comes', () => textOf(reader).length === key);
    }
    const events = reader.text.length - textBefore;
    const count = (reader.text.slice(textBefore).match(/^event: /gm) ?? []).length;
    expect(count).toBeGreaterThanOrEqual(50);
    const overhead = (line.bytes - bytesBefore - events) / count;
    process.stdout.write(`  An event costs ${overhead.toFixed(1)} bytes beside its own ${Math.round(events / count)}.\n`);
    expect(overhead).toBeLessThanOrEqual(31);
  });
});

describe('what is wrong with a request', () => {
  test('costs its stream, not its connection', async () => {
    const server = await start();
    const http2 = await connected(server);
    await expect(http2.ask('/x', { headers: { 'weft-name': 'x'.repeat(32 * 1024) } })).rejects.toThrow('no answer');
    await expect(
      http2.ask('/x', { headers: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'y'])) }),
    ).rejects.toThrow('no answer');
    const large = await http2.ask('/feeds', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(65 * 1024),
    });
    expect(large.status).toBe(413);
    expect((await http2.ask('/d/%zz')).status).toBe(404);
    expect((await http2.ask('/x', { headers: { expect: 'the unexpected' } })).status).toBe(417);
    expect(http2.isClosed).toBe(false);
  });

  test('ends it when its head is without end', async () => {
    const server = await start();
    const client = (await RawHttp2.connected(server.port)).begin();
    const stream = client.ask('/nothing', { flags: 0 });
    const field = Buffer.concat([
      Buffer.from([0x00, 1, 0x61, 0x7f, 0x80 + ((4_000 - 127) & 0x7f), (4_000 - 127) >> 7]),
      Buffer.alloc(4_000, 'x'),
    ]);
    for (let count = 0; count < 100 && !client.isClosed; count++) client.send(FRAME.continuation, 0, stream, field);
    await client.closed();
    expect(client.frames().some(({ type }) => type === FRAME.headers)).toBe(false);
  });

  test('is told, and its asker may be gone by then', async () => {
    const waiting: (() => void)[] = [];
    const authoriser = {
      async authorise(): Promise<never> {
        await new Promise<void>((resolve) => waiting.push(resolve));
        throw new Rejected('unauthorized');
      },
    };
    const server = await start({ authoriser });
    for (const isGone of [false, true]) {
      const http2 = await connected(server);
      const asked = http2.ask('/documents/paper/presence', { headers: { authorization: 'Bearer wrong' } }).catch(() => undefined);
      await until('it is looked at', () => waiting.length > 0);
      if (isGone) http2.cut();
      if (isGone) await until('the relay knows', async () => (await server.sockets()) === 0);
      const before = server.log.lines.length;
      waiting.pop()?.();
      expect((await asked)?.status).toBe(isGone ? undefined : 401);
      await until('it is in the log', () => server.log.lines.length > before);
      expect(server.log.lines.at(-1)).toMatchObject({ level: 'info', message: 'request refused' });
      http2.cut();
      await until('it is closed', async () => (await server.sockets()) === 0);
    }
  });
});

describe('the number of connections', () => {
  test.each([
    ['plain', undefined],
    ['with TLS', makeCertificate()],
  ])('is bounded: %s', async (_what, tls) => {
    const made = createHttpServer({
      tls: tls && { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) },
      largestBody: 1024,
      onLate: (socket) => socket.destroy(),
      connections: 2,
      clock: systemClock,
      log: new KeptLog(),
      onRequest: (_request, response) => response.end(),
      onFull: (_request, response) => response.end(),
    });
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
    const { port } = made.server.address() as AddressInfo;
    const sockets = [1, 2, 3].map(() => connectTcp(port, '127.0.0.1').on('error', () => undefined));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await made.closeConnections();
      await new Promise((resolve) => made.server.close(resolve));
    });
    await until('one is turned away', () => sockets.filter(({ closed }) => closed).length === 1);
    await made.closeConnections();
    await until('the others are cut', () => sockets.every(({ closed }) => closed));
  });
});

describe('a relay that stops', () => {
  test('ends streams properly, tells sockets, and leaves no connection', async () => {
    const server = await start();
    const [http2, idle] = [await connected(server), await connected(server)];
    const ada = await join(server);
    const reader = await read(server, http2).has('frame');
    const plain = await new EventStreamClient(`${server.address}/documents/paper/stream`).has('frame');
    const ours = await new RawClient(`${server.webSocketAddress}/paper`, { protocols: ['weft.v1'], rejectUnauthorized: false }).joined();
    ada.type('the last word');
    await until('the relay has it', () => textOf(plain) !== '');
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const client of [http2, idle]) {
      await client.closed();
      expect(client.goneAway).toBe(0);
    }
    for (const each of [reader, plain]) expect(textOf(await each.ended())).toBe('the last word');
    expect((await ours.ended()).code).toBe(1012);
    await until('nothing is left', async () => (await server.sockets()) === 0);
  });
});

/** A TCP proxy that counts what comes down. */
async function countingLine(port: number): Promise<{ readonly port: number; readonly bytes: number }> {
  let bytes = 0;
  const line = createTcpServer((client) => {
    const relay = connectTcp(port, '127.0.0.1');
    client.setNoDelay().pipe(relay.setNoDelay());
    relay.on('data', (chunk) => {
      bytes += chunk.length;
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, relay],
      [relay, client],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void line.close());
  return {
    port: (line.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
  };
}
