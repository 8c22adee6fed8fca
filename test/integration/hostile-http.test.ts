/** What comes over TCP that no HTTP or WebSocket client would send: each costs its connection, and nothing else. */
import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/condition';
import { HonestPair } from '../support/honest-pair';
import { clientFrame, endRawClients, RawSocket, upgradeRequest } from '../support/raw-client';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients } from '../support/stock-client';

const DOCUMENT = 'attacked';
let relay: RelayProcess;
let pair: HonestPair;

beforeAll(async () => {
  relay = await startRelayProcess();
  pair = await HonestPair.in(relay, DOCUMENT);
  await pair.stillWork();
});
afterEach(async () => {
  endRawClients();
  await pair.stillWork();
});
afterAll(async () => {
  endStockClients();
  await endRelays();
});

async function upgraded(): Promise<RawSocket> {
  return RawSocket.upgraded(relay.port, DOCUMENT);
}

describe('row 52: a broken WebSocket frame ends its connection with 1002', () => {
  const some = Uint8Array.of(1, 2, 3);
  const broken: readonly (readonly [what: string, frame: Buffer])[] = [
    ['RSV1', clientFrame(0xc2, some)],
    ['RSV2', clientFrame(0xa2, some)],
    ['RSV3', clientFrame(0x92, some)],
    ['not masked', clientFrame(0x82, some, { masked: false })],
    ['reserved opcode 3', clientFrame(0x83, some)],
    ['reserved opcode 11', clientFrame(0x8b, some)],
    ['a ping in parts', clientFrame(0x09, some)],
    ['a ping of 126 bytes', clientFrame(0x89, new Uint8Array(126))],
    ['a close of one byte', clientFrame(0x88, some.subarray(0, 1))],
    ['a close with code 1005', clientFrame(0x88, Uint8Array.of(1005 >> 8, 1005 & 0xff))],
    ['a continuation of nothing', clientFrame(0x80, some)],
  ];

  it.each(broken)('%s', async (_what, frame) => {
    const client = await upgraded();
    client.write(frame);
    await until('the code', () => client.closeCode === 1002);
  });
});

describe('a connection', () => {
  it('row 52: that is reset in the middle of a frame is nothing', async () => {
    const client = await upgraded();
    client.write(clientFrame(0x82, new Uint8Array(1_000)).subarray(0, 500));
    client.socket.resetAndDestroy();
    await client.ended();
  });

  it('row 53: that sends a message in one-byte parts without end is closed as too large', async () => {
    const client = await upgraded();
    const part = clientFrame(0x00, Uint8Array.of(1));
    client.write(clientFrame(0x02, Uint8Array.of(1)));
    client.write(Buffer.concat(Array.from({ length: 100_000 }, () => part)));
    await until('the code', () => client.closeCode === 4413);
  });

  it('that ends as a text of broken UTF-8 is closed as malformed', async () => {
    const client = await upgraded();
    client.write(clientFrame(0x81, Uint8Array.of(0xff, 0xfe)));
    await until('the code', () => client.closeCode === 4400);
  });
});

describe('row 57: a broken request is answered with its status and closed', () => {
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`X-Header-${index}`, 'some value']));
  const requests: readonly (readonly [what: string, request: string, status: number])[] = [
    ['2,000 headers', upgradeRequest(DOCUMENT, many), 431],
    ['a URL of 64 KB', upgradeRequest('x'.repeat(65_536)), 431],
    ['no Sec-WebSocket-Key', upgradeRequest(DOCUMENT).replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
    ['a Sec-WebSocket-Key of another length', upgradeRequest(DOCUMENT, { 'Sec-WebSocket-Key': 'short' }), 400],
    ['Sec-WebSocket-Version 12', upgradeRequest(DOCUMENT, { 'Sec-WebSocket-Version': '12' }), 400],
    ['an upgrade to something else, which is declined', upgradeRequest(DOCUMENT, { Upgrade: 'h2c', Connection: 'close, Upgrade' }), 404],
    ['an upgrade by POST', upgradeRequest(DOCUMENT).replace('GET', 'POST'), 400],
    ['a broken list of sub-protocols', upgradeRequest(DOCUMENT, { 'Sec-WebSocket-Protocol': 'a,,b' }), 400],
    ['no HTTP at all', 'hello there\r\n\r\n', 400],
    [
      'a body that is too large',
      `POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
      413,
    ],
    ['an absolute URL of a foreign name', 'GET http://evil.test/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 421],
    ['broken percent-encoding', 'GET /d/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
    ['a path out of the folder', 'GET /assets/../../server/main.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
    ['an encoded path out of the folder', 'GET /assets/%2e%2e/index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
  ];

  it.each(requests)('%s', async (_what, request, status) => {
    const client = new RawSocket(relay.port);
    client.write(request);
    await until('an answer', () => client.status !== 0);
    expect(client.status).toBe(status);
    expect(client.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|out\/server/);
  });

  it('a client that goes away while it is answered is nothing', async () => {
    for (let count = 0; count < 20; count++) {
      const client = new RawSocket(relay.port);
      client.write('GET /health HTTP/1.1\r\nHost: evil.test\r\n\r\n'.repeat(50));
      client.socket.resetAndDestroy();
      await client.ended();
    }
  });
});

describe('D10: a request that takes for ever', () => {
  it('is closed with 408, and meanwhile others get in at once', async () => {
    const slow = Array.from({ length: 100 }, () => new RawSocket(relay.port));
    for (const client of slow) client.write(upgradeRequest(DOCUMENT).slice(0, -30));
    const dripping = setInterval(() => {
      for (const client of slow) if (!client.isClosed) client.write('x');
    }, 1_000);
    const began = performance.now();
    await statusOf('/health');
    expect(performance.now() - began).toBeLessThan(2_000);
    try {
      await until('all are closed', () => slow.every(({ isClosed }) => isClosed), 15_000);
    } finally {
      clearInterval(dripping);
    }
    expect(slow[0]?.status).toBe(408);
  });
});

function statusOf(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${relay.address}${path}`, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}
