/** Bodies that arrive slowly by HTTP/1.1, over real sockets, with time in the test's hands. */
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttpServer } from '../../server/transports/http-server';
import { makeCertificate } from '../support/certificate';
import { until } from '../support/condition';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

/** Each look comes after two seconds. */
const LATE_MS = 2_000;

/** An answer that no buffer between the two has room for. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

/** Answers each POST with how many bytes came, but for what asks for an early or a large answer. */
async function startServer(isTls: boolean) {
  const clock = new ManualClock();
  const pair = makeCertificate();
  const began: IncomingMessage[] = [];
  const { server, closeConnections } = createHttpServer({
    tls: isTls ? { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) } : undefined,
    connections: 100,
    largestBody: 10 * 1024 * 1024,
    clock,
    log: new KeptLog(),
    onRequest: (request, response) => {
      began.push(request);
      if (request.url === '/early') response.end('early');
      if (request.url === '/large') response.end(LARGE);
      if (request.url !== '/') return;
      let bytes = 0;
      request.on('data', (data: Buffer) => {
        bytes += data.length;
      });
      request.on('end', () => response.end(String(bytes)));
      request.on('error', () => undefined);
    },
    onFull: () => undefined,
    onLate: (socket) => void socket.end('HTTP/1.1 408 late\r\n\r\n'),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    void clock.advance(10_000);
    await closeConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // Node's own time is not in the test's hands.
  expect(server.requestTimeout).toBe(0);
  const { port } = server.address() as AddressInfo;
  const post = async (length: number, path = '/'): Promise<{ socket: Socket; request: IncomingMessage; answer: () => string }> => {
    const socket = isTls
      ? connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    const before = began.length;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
    await until('it has begun', () => began.length > before);
    return { socket, request: began[before] as IncomingMessage, answer: () => answer };
  };
  return { clock, post, closeConnections };
}

async function send({ socket, request }: { socket: Socket; request: IncomingMessage }, bytes: number): Promise<void> {
  const before = request.socket.bytesRead;
  socket.write(new Uint8Array(bytes));
  await until('it has come', () => request.socket.bytesRead >= before + bytes);
}

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/1.1 over TLS', true],
] as const)('a request by %s', (_what, isTls) => {
  test('is taken when its body keeps coming by 64 kbit/s, however long that takes', async () => {
    const { clock, post } = await startServer(isTls);
    const upload = await post(100 * 16_000);
    for (let look = 0; look < 100; look++) {
      await send(upload, 16_000);
      await clock.advance(LATE_MS);
    }
    await until('it is answered', () => upload.answer().endsWith('1600000'));
    expect(upload.answer()).toMatch(/^HTTP\/1\.1 200/);
  });

  test('R1 is 408 when it drips, or stops, whatever came before; and others go on', async () => {
    const { clock, post } = await startServer(isTls);
    const [dripping, stopping, quick] = [await post(1_000), await post(1_000_000), await post(3)];
    await send(stopping, 900_000);
    await send(quick, 3);
    await until('it is answered', () => quick.answer().endsWith('3'));
    for (let second = 0; second < 29; second++) {
      await send(dripping, 1);
      await clock.advance(1_000);
    }
    expect([dripping.answer(), stopping.answer()]).toEqual(['', '']);
    await clock.advance(1_000 + 2 * LATE_MS);
    await until('both are answered', () => [dripping, stopping].every(({ answer }) => answer().startsWith('HTTP/1.1 408')));
    expect(quick.socket.closed).toBe(false);
  });

  test('R1 gets no second answer when its body is late that was answered before, and its connection ends all the same', async () => {
    const { clock, post } = await startServer(isTls);
    const early = await post(1_000, '/early');
    await until('it is answered', () => early.answer().endsWith('early'));
    for (let second = 0; second < 29; second++) {
      await send(early, 1);
      await clock.advance(1_000);
    }
    expect(early.socket.closed).toBe(false);
    await clock.advance(1_000 + 2 * LATE_MS);
    await until('it is cut', () => early.socket.closed);
    expect(early.answer().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  test('R2 gets the rest of its answer when the server closes, within a moment', async () => {
    const { clock, post, closeConnections } = await startServer(isTls);
    const [reading, stuck] = [await post(0, '/large'), await post(0, '/large')];
    for (const { socket } of [reading, stuck]) socket.pause();
    let isClosed = false;
    void closeConnections().then(() => {
      isClosed = true;
    });
    reading.socket.resume();
    await until('it has all', () => reading.answer().length >= LARGE.length);
    expect([isClosed, stuck.socket.closed]).toEqual([false, false]);
    await clock.advance(999);
    expect(isClosed).toBe(false);
    await clock.advance(20);
    expect(isClosed).toBe(true);
    stuck.socket.resume();
    await until('both are cut', () => reading.socket.closed && stuck.socket.closed);
    expect(stuck.answer().length).toBeLessThan(LARGE.length);
  });

  test('R2 keeps no server that nobody asks anything', async () => {
    const { clock, post, closeConnections } = await startServer(isTls);
    const answered = await post(3);
    await send(answered, 3);
    await until('it is answered', () => answered.answer().endsWith('3'));
    await closeConnections();
    await until('it is cut', () => answered.socket.closed);
    expect(clock.wallTime()).toBe(new ManualClock().wallTime());
  });
});
