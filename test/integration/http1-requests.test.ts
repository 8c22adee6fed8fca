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

/** Answers each POST with how many bytes came. */
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
  const post = async (length: number): Promise<{ socket: Socket; request: IncomingMessage; answer: () => string }> => {
    const socket = isTls
      ? connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    const before = began.length;
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
    await until('it has begun', () => began.length > before);
    return { socket, request: began[before] as IncomingMessage, answer: () => answer };
  };
  return { clock, post };
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
});
