/** HTTP/2 connections under the relay's limits, over real sockets, with time in the test's hands. */
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Http2Sessions, MOST_BROKEN_OFF } from '../../server/transports/http2-sessions';
import { makeCertificate } from '../support/certificate';
import { until } from '../support/condition';
import { endHttp2Clients, Http2Client } from '../support/http2-client';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';
import { END_HEADERS, END_STREAM, endRawHttp2, FRAME, RawHttp2, uint32 } from '../support/raw-http2';

afterEach(() => {
  endHttp2Clients();
  endRawHttp2();
});

const HEAD_MS = 10_000;
const REQUEST_MS = 30_000;
const LARGEST_BODY = 10 * 1024 * 1024;
const UNUSED_MS = 60_000;
const UNREAD_MS = 60_000;
/** Each look comes after two seconds. */
const LATE_MS = 2_000;

/** `/quick` is answered, `/long` with more than a window holds, all else is open for ever, once its head has been sent. */
async function startServer({ requests = 1_000 } = {}) {
  const clock = new ManualClock();
  const log = new KeptLog();
  const sessions = new Http2Sessions({ clock, log, requests, headMs: HEAD_MS, requestMs: REQUEST_MS, largestBody: LARGEST_BODY });
  const server = createSecureServer(makeCertificate());
  const began: ServerHttp2Stream[] = [];
  server.on('session', (session) => {
    session.on('error', () => undefined);
    sessions.opened(session);
  });
  server.on('stream', (stream, { ':path': path, ':method': method }) => {
    stream.on('error', () => undefined);
    began.push(stream);
    sessions.began(stream);
    if (method === 'POST') stream.resume();
    else {
      stream.respond({ ':status': 200 });
      if (path === '/quick') stream.end('done');
      if (path === '/long') Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(16 * 1024))).pipe(stream);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    void clock.advance(10_000);
    await sessions.close(1);
    await new Promise((resolve) => server.close(resolve));
  });
  const connect = async () => {
    const before = sessions.count;
    const client = (await RawHttp2.connected(port)).begin();
    await until('the connection is counted', () => sessions.count > before);
    return client;
  };
  return { clock, log, sessions, began, port, connect, address: `https://127.0.0.1:${port}` };
}

describe('a connection without a request', () => {
  test('R1 is closed soon when it never sent a whole head, whatever it sends instead', async () => {
    const { clock, connect } = await startServer();
    const mute = await connect();
    const dripping = await connect();
    const stream = dripping.ask('/quick', { flags: END_STREAM });
    for (let second = 0; second < 9; second++) {
      dripping.send(FRAME.continuation, 0, stream, Uint8Array.of(0x00, 1, 0x61, 1, 0x62)).send(FRAME.ping, 0, 0, new Uint8Array(8));
      await clock.advance(1_000);
    }
    expect([mute.isClosed, dripping.isClosed]).toEqual([false, false]);
    await clock.advance(1_000 + LATE_MS);
    await mute.closed();
    await dripping.closed();
  });

  test('R1 may stay for a while when it has been used, and for as long as a request goes on', async () => {
    const { clock, connect, began } = await startServer();
    const used = await connect();
    used.ask('/quick');
    await until('it is answered', () => began[0]?.closed === true);
    const inUse = await connect();
    inUse.ask('/open');
    await until('the other has begun', () => began.length === 2);
    await clock.advance(UNUSED_MS - 1_000);
    expect(used.isClosed).toBe(false);
    await clock.advance(1_000 + LATE_MS);
    await used.closed();
    await clock.advance(3_600_000);
    expect(inUse.isClosed).toBe(false);
  });
});

describe('a request', () => {
  test('R2 whose body does not arrive in time is 408, and the connection goes on', async () => {
    const { clock, address, began } = await startServer();
    const client = await new Http2Client(address).opened();
    const asked = client.ask('/body', { method: 'POST', body: '' }).catch((error: unknown) => error);
    const unread = client.request('/open', {}, false);
    unread.end('a body that nobody reads');
    const slow = client.request('/body', { method: 'POST' }, false);
    let status: unknown;
    slow.on('response', (headers) => {
      status = headers[':status'];
    });
    await until('all have begun', () => began.length === 3);
    for (let second = 0; second < 29; second++) {
      slow.write('x');
      await clock.advance(1_000);
    }
    expect(status).toBeUndefined();
    await clock.advance(1_000 + LATE_MS);
    await until('it is answered', () => status === 408);
    await until('it is over', () => slow.closed);
    expect((await client.ask('/quick')).body).toBe('done');
    await clock.advance(10 * UNUSED_MS);
    expect([began[0]?.closed, unread.closed]).toEqual([false, false]);
    client.cut();
    await asked;
  });

  test('R2 whose body keeps coming by 64 kbit/s has as long as that takes', async () => {
    const { clock, address, began } = await startServer();
    const client = await new Http2Client(address).opened();
    const upload = client.request('/body', { method: 'POST' }, false);
    await until('it has begun', () => began.length === 1);
    let sent = 0;
    for (let second = 0; second < 90; second += 2) {
      upload.write(new Uint8Array(17_000));
      sent += 17_000;
      await until('it has come', () => (began[0]?.session?.socket?.bytesRead ?? 0) >= sent);
      await clock.advance(2_000);
    }
    expect(began[0]?.closed).toBe(false);
    await clock.advance(REQUEST_MS + LATE_MS);
    await until('it is over', () => upload.closed);
    client.cut();
  });

  test('R3 whose answer nobody takes is ended after a minute, but not when some of it is taken now and then', async () => {
    const { clock, connect, began } = await startServer();
    const deaf = await connect();
    deaf.ask('/long');
    const slow = await connect();
    const stream = slow.ask('/long');
    await until('both windows are full', () => [deaf, slow].every(({ received }) => received.length > 65_000));
    await until('more waits for both', () => began.every(({ writableLength }) => writableLength > 0));
    for (let second = 0; second < UNREAD_MS / 1_000 + LATE_MS / 1_000 + 2; second++) {
      if (second % 20 === 0) {
        const before = slow.received.length;
        for (const which of [0, stream]) slow.send(FRAME.windowUpdate, 0, which, uint32(40_000));
        await until('more comes', () => slow.received.length > before + 39_000);
      }
      await clock.advance(1_000);
    }
    await until('the one is ended', () => began[0]?.closed === true);
    expect(began[0]?.rstCode).toBe(8);
    expect(began[1]?.closed).toBe(false);
  });

  test('R5 beyond the limit of all connections together finds it full, and later room', async () => {
    const { sessions, connect } = await startServer({ requests: 3 });
    const [first, second] = [await connect(), await connect()];
    for (const client of [first, second]) client.ask('/open');
    await until('two have begun', () => !sessions.isFull);
    for (const client of [first, second]) client.ask('/open');
    await until('it is full', () => sessions.isFull);
    first.destroy();
    await until('there is room', () => !sessions.isFull);
  });
});

describe('requests that are broken off', () => {
  const breaks: readonly (readonly [how: string, breakOff: (client: RawHttp2, stream: number) => void])[] = [
    ['by the client (CVE-2023-44487)', (client, stream) => client.send(FRAME.resetStream, 0, stream, uint32(8))],
    [
      'because of a window beyond all bounds (CVE-2025-8671)',
      (client, stream) => client.send(FRAME.windowUpdate, 0, stream, uint32(2 ** 31 - 1)),
    ],
    ['because of a window of nothing (CVE-2025-8671)', (client, stream) => client.send(FRAME.windowUpdate, 0, stream, uint32(0))],
  ];

  test.each(breaks)('R4 %s end their connection when they come in masses, and no other', async (_how, breakOff) => {
    const { connect, began, address } = await startServer();
    const honest = await new Http2Client(address).opened();
    const client = await connect();
    for (let count = 0; count < 3 * MOST_BROKEN_OFF && !client.isClosed; count++) {
      breakOff(client, client.ask('/open'));
      // So that what gets in because it came in the same piece as the last that may is little.
      if (count % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await client.closed();
    expect(began.length).toBeLessThan(MOST_BROKEN_OFF + 200);
    expect((await honest.ask('/quick')).body).toBe('done');
  });

  test('R4 are told in the log, with where they come from', async () => {
    const { connect, log } = await startServer();
    const client = await connect();
    for (let count = 0; count < MOST_BROKEN_OFF; count++) client.send(FRAME.resetStream, 0, client.ask('/open'), uint32(8));
    await client.closed();
    expect(log.lines.map(({ fields }) => fields)).toEqual([expect.objectContaining({ ip: '127.0.0.1', rejection: 'too-fast' })]);
  });

  test('R4 now and then are nothing', async () => {
    const { clock, address } = await startServer();
    const client = await new Http2Client(address).opened();
    for (let minute = 0; minute < 10; minute++) {
      for (let count = 0; count < MOST_BROKEN_OFF / 10; count++) {
        const stream = client.request('/open');
        await until('it is answered', () => stream.id !== undefined && stream.sentHeaders !== undefined);
        stream.close(8);
      }
      await clock.advance(10_000);
      expect((await client.ask('/quick')).body).toBe('done');
    }
    expect(client.isClosed).toBe(false);
  });

  test('floods of what is no request end their connection, and no other', async () => {
    const { connect, address } = await startServer();
    const honest = await new Http2Client(address).opened();
    const floods: readonly ((client: RawHttp2) => void)[] = [
      (client) => client.send(FRAME.ping, 0, 0, new Uint8Array(8)),
      (client) => client.send(FRAME.settings, 0, 0),
      (client) => client.send(FRAME.data, 0, 1),
    ];
    for (const flood of floods) {
      const client = await connect();
      client.ask('/body', { method: 'POST', flags: END_HEADERS });
      for (let count = 0; count < 50_000 && !client.isClosed; count++) {
        flood(client);
        if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await client.closed();
      expect((await honest.ask('/quick')).body).toBe('done');
    }
  });
});

describe('closing', () => {
  test('lets an answer come to its end, and cuts what does not', async () => {
    const { clock, sessions, address, began } = await startServer();
    const client = await new Http2Client(address).opened();
    const other = await new Http2Client(address).opened();
    const stream = client.request('/open');
    let text = '';
    stream.on('data', (part) => {
      text += part;
    });
    await until('the one has begun', () => began.length === 1);
    other.request('/open');
    await until('both have begun', () => began.length === 2);
    const closing = sessions.close(1_000);
    began[0]?.end('the end');
    await until('the one has all of it', () => text === 'the end');
    await client.closed();
    expect(other.isClosed).toBe(false);
    await clock.advance(1_100);
    await closing;
    await other.closed();
    expect(sessions.count).toBe(0);
  });
});
