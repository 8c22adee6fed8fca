import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { it } from 'node:test';
import { WebSocketServer } from 'ws';
import { randomFrom } from '../src/generator/random.ts';
import { RawSocket } from '../src/generator/raw-socket.ts';
import { until } from '../src/generator/waiting.ts';

/** As servers frame: unmasked, with each of the three lengths. */
function frame(message: Buffer): Buffer {
  const { length } = message;
  if (length < 126) return Buffer.concat([Buffer.of(0x82, length), message]);
  if (length < 65_536) return Buffer.concat([Buffer.of(0x82, 126, length >> 8, length & 255), message]);
  const head = Buffer.alloc(10);
  head.set([0x82, 127]);
  head.writeUInt32BE(length, 6);
  return Buffer.concat([head, message]);
}

it('reads every message, wherever the network cuts them', async () => {
  const random = randomFrom(3);
  const messages = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000, 5, 70_000, 3].map((length, index) => Buffer.alloc(length, index + 1));
  const bytes = Buffer.concat([Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'), ...messages.map(frame)]);
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (let at = 0; at < bytes.length; ) {
        // Small pieces around everything small, so that heads are cut too.
        const next = at + 1 + Math.floor(random() * (random() < 0.5 ? 3 : 40_000));
        socket.write(bytes.subarray(at, next));
        at = next;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const received: Buffer[] = [];
  const client = new RawSocket(
    { port: (server.address() as AddressInfo).port, path: '/x', protocol: undefined },
    {
      opened: () => undefined,
      received: (chunk, start, end) => received.push(Buffer.from(chunk.subarray(start, end))),
      closed: (reason) => assert.fail(reason),
    },
  );
  assert.ok(await until(() => received.length === messages.length, 10_000), `${received.length} of ${messages.length}`);
  assert.deepEqual(received, messages);
  client.destroy();
  server.close();
});

it('sends what a real server reads, of every size, and answers its pings', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const received: Buffer[] = [];
  let pongs = 0;
  server.on('connection', (socket) => {
    socket.on('message', (message: Buffer) => received.push(message));
    socket.on('pong', () => pongs++);
    socket.ping('are you there');
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const messages = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((length, index) => Buffer.alloc(length, index + 1));
  const client = new RawSocket(
    { port: (server.address() as AddressInfo).port, path: '/x', protocol: undefined },
    {
      opened: () => {
        for (const message of messages) client.send(message);
      },
      received: () => undefined,
      closed: (reason) => assert.fail(reason),
    },
  );
  assert.ok(await until(() => received.length === messages.length && pongs === 1, 10_000), `${received.length} messages, ${pongs} pongs`);
  assert.deepEqual(received, messages);
  client.destroy();
  server.close();
});

it('says why it was closed', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.close(4401, 'no'));
  await new Promise((resolve) => server.once('listening', resolve));
  const reason = await new Promise<string>((resolve) => {
    new RawSocket(
      { port: (server.address() as AddressInfo).port, path: '/x', protocol: undefined },
      { opened: () => undefined, received: () => undefined, closed: resolve },
    );
  });
  assert.equal(reason, 'closed with 4401');
  server.close();
});
