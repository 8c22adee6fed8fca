/** nginx in between: as docs/tls.md says, and with nothing said but where the relay is. */
import { type RequestOptions, request } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { LOOPBACK_FACTOR } from '../../server/access/attempts-per-minute';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { endHttp2Clients, Http2Client } from '../support/http2-client';
import { accessLog, describeWithNginx, documentedServer, endNginx, startNginx } from '../support/nginx';
import { joinFrames } from '../support/post-writer';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

const NAME = 'notes.example';
const BARE = `server { listen 443; location / { proxy_pass http://127.0.0.1:4321; } }`;
/** A minute of nginx is a second here, and fifteen seconds of the relay are a quarter. */
const SHORT = 'proxy_read_timeout 1s; proxy_send_timeout 1s; keepalive_timeout 1s; send_timeout 1s;';
const OFTEN = ['--limit-beat-ms', '250', '--limit-ping-ms', '250'];

describeWithNginx('nginx', () => {
  let folder: TemporaryFolder;
  let relay: RelayProcess;
  /** As documented. */
  let address: string;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    relay = await startRelayProcess({ flags: ['--public-url', `https://${NAME}`, '--trusted-proxy', '127.0.0.1'] });
    address = await startNginx({ folder: `${folder.path}/documented`, server: documentedServer(), relay: relay.address });
  });
  afterEach(() => {
    endEventStreamClients();
    endHttp2Clients();
    endRawClients();
    endStockClients();
  });
  afterAll(async () => {
    await endNginx();
    await endRelays();
    await folder.remove();
  });

  const named = { ':authority': NAME };
  const webSocket = (at: string) => at.replace(/^http/, 'ws');
  const streamAt = (at: string, over: Http2Client, document: string) =>
    new EventStreamClient(`${at}/documents/${document}/stream`, { over, headers: named });

  /** Milliseconds to the first event of ten streams, the median of them. */
  async function firstEvent(open: (index: number) => EventStreamClient): Promise<number> {
    const waits: number[] = [];
    for (let index = 0; index < 10; index++) {
      const began = performance.now();
      const stream = open(index);
      await until('an event', () => stream.events.length > 0);
      waits.push(performance.now() - began);
    }
    return waits.sort((one, other) => one - other)[5] ?? Number.POSITIVE_INFINITY;
  }

  describe('as documented', () => {
    test('hands the page on, under the public name alone', async () => {
      const http2 = await new Http2Client(address).opened();
      const page = await http2.ask('/d/paper', { headers: { ...named, origin: `https://${NAME}` } });
      expect(page.status).toBe(200);
      expect(page.body).toContain('<html');
      expect((await http2.ask('/d/paper', { headers: { ...named, origin: 'https://evil.example' } })).status).toBe(403);
      expect((await http2.ask('/health', { headers: { ':authority': 'evil.example' } })).status).toBe(421);
    });

    test('hands on the first event of a stream at once, over HTTP/2 and HTTP/1.1', async () => {
      const http2 = await new Http2Client(address).opened();
      const medianMs = await firstEvent((index) => streamAt(address, http2, `first-${index}`));
      const plainMs = await firstEvent(
        (index) => new EventStreamClient(`${address}/documents/first-${index}/presence`, { headers: { Host: NAME } }),
      );
      process.stdout.write(`  First event through nginx after ${medianMs.toFixed(0)} ms (HTTP/2), ${plainMs.toFixed(0)} ms (HTTP/1.1).\n`);
      expect(medianMs).toBeLessThan(100);
      expect(plainMs).toBeLessThan(100);
    });

    test('lets WebSockets through, for its own pages and stock clients', async () => {
      const [ada, grace] = [1, 2].map(() => new StockClient(webSocket(relay.address), 'sockets', {}));
      const through = await new StockClient(webSocket(address), 'sockets', { trustsAnyone: true }).synced();
      await ada?.synced();
      through.type('Hello');
      await ada?.shows('Hello');
      await grace?.shows('Hello');
      const options = { rejectUnauthorized: false, headers: { Host: NAME } };
      const own = await new RawClient(`${webSocket(address)}/sockets`, { ...options, origin: `https://${NAME}` }).joined();
      expect(own.refused).toBeUndefined();
      const foreign = await new RawClient(`${webSocket(address)}/sockets`, { ...options, origin: 'https://evil.example' }).opened();
      expect(foreign.refused?.status).toBe(403);
    });

    test('carries frames by POST, the largest too, and what is written comes down', async () => {
      const reader = await new StockClient(relay.webSocketAddress, 'posts').synced();
      const http2 = await new Http2Client(address).opened();
      const writer = new EventStreamClient(`${address}/documents/posts/stream`, {
        over: http2,
        headers: { ...named, 'weft-connection': 'new' },
      });
      await writer.has('connection');
      const doc = new Y.Doc();
      const post = async (number: number) => {
        const body = joinFrames([encodeFrame({ type: 'update', update: Y.encodeStateAsUpdate(doc) })]);
        const { status } = await http2.ask('/documents/posts/frames', {
          method: 'POST',
          headers: {
            ...named,
            'content-type': 'application/octet-stream',
            'weft-connection': String(writer.of('connection')[0]?.connection),
            'weft-frame': String(number),
          },
          body,
        });
        return status;
      };
      for (let number = 1; number <= 20; number++) {
        doc.getText('content').insert(0, `${number} `);
        expect(await post(number)).toBe(200);
      }
      doc.getText('content').insert(0, 'x'.repeat(9 * 1024 * 1024));
      expect(await post(21)).toBe(200);
      await until('it has arrived', () => reader.text === doc.getText('content').toString());
      reader.type('And back.');
      await until('it has come down', () => {
        writer.readInto(doc);
        return doc.getText('content').toString() === reader.text;
      });
    });
  });

  describe('that is trusted', () => {
    const WRONG = { Authorization: `Bearer ${'a'.repeat(24)}`, Host: NAME };

    test('says where everybody comes from: who guesses locks out nobody else, by HTTP, streams and upgrades', async () => {
      const flags = ['--access', 'links', '--public-url', `https://${NAME}`, '--trusted-proxy', '127.0.0.1'];
      const guarded = await startRelayProcess({ flags: [...flags, '--limit-failures-per-minute', '1'] });
      const trusted = await startNginx({ folder: `${folder.path}/trusted`, server: documentedServer(), relay: guarded.address });
      const ask = (path: string, localAddress: string, headers: Record<string, string> = {}) =>
        statusOf(`${trusted}${path}`, { localAddress, headers: { ...WRONG, ...headers } });
      const upgrade = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': `${'A'.repeat(22)}==`,
      };
      // All of 127.0.0.0/8 is this machine, and has twenty times as many.
      for (let count = 0; count < LOOPBACK_FACTOR; count++) expect(await ask('/documents/paper', '127.0.0.2')).toBe(401);
      // Nor does it help to say that one is somebody else.
      for (const forged of [{}, { 'X-Forwarded-For': '203.0.113.9' }]) {
        expect(await ask('/documents/paper', '127.0.0.2', forged)).toBe(429);
        expect(await ask('/documents/paper/presence', '127.0.0.2', forged)).toBe(429);
        expect(await ask('/paper', '127.0.0.2', { ...upgrade, ...forged })).toBe(429);
      }
      expect(await ask('/documents/paper', '127.0.0.3')).toBe(401);
      expect(await ask('/documents/paper/presence', '127.0.0.3')).toBe(401);
      expect(await ask('/paper', '127.0.0.3', upgrade)).toBe(101);
    });
  });

  describe('with nothing said but where the relay is', () => {
    let bare: string;

    beforeAll(async () => {
      const started = await startNginx({ folder: `${folder.path}/bare`, server: BARE, relay: relay.address });
      bare = started.replace('https', 'http');
    });

    test('hands on streams at once, and frames by POST', async () => {
      const medianMs = await firstEvent((index) => new EventStreamClient(`${bare}/documents/bare-${index}/stream`));
      process.stdout.write(`  First event through nginx’s defaults after ${medianMs.toFixed(0)} ms.\n`);
      expect(medianMs).toBeLessThan(100);
      const writer = await new EventStreamClient(`${bare}/documents/bare/stream`, { headers: { 'Weft-Connection': 'new' } }).has(
        'connection',
      );
      const posted = await fetch(`${bare}/documents/bare/frames`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/octet-stream',
          'Weft-Connection': String(writer.of('connection')[0]?.connection),
          'Weft-Frame': '1',
        },
        body: new Uint8Array(joinFrames([Uint8Array.of(3)])),
      });
      expect([posted.status, await posted.text()]).toEqual([200, '{"received":1}']);
    });

    test('lets no WebSocket through: the client learns it from an answer', async () => {
      const socket = await new RawClient(`${webSocket(bare)}/bare`).opened();
      expect(socket.refused?.status).toBe(404);
    });
  });

  describe('that waits for a short time only', () => {
    test('cuts nobody over a long idle: what the relay says keeps each connection', async () => {
      const talking = await startRelayProcess({ flags: ['--public-url', `https://${NAME}`, ...OFTEN] });
      const place = `${folder.path}/short`;
      const short = await startNginx({ folder: place, server: documentedServer(), relay: talking.address, settings: SHORT });
      const http2 = await new Http2Client(short).opened();
      const streams = [
        streamAt(short, http2, 'idle'),
        new EventStreamClient(`${short}/documents/idle/presence`, { headers: { Host: NAME } }),
      ];
      const sockets = Array.from({ length: 5 }, (_, index) => new StockClient(webSocket(short), `idle-${index}`, { trustsAnyone: true }));
      for (const socket of sockets) await socket.synced();
      const heartbeats = ({ events }: EventStreamClient) => events.filter(({ event }) => event === 'heartbeat').length;
      await until('four minutes of nginx have passed', () => streams.every((stream) => heartbeats(stream) >= 16 || stream.isEnded));
      expect(sockets.map(({ connections, closes }) => [connections, closes.length])).toEqual(sockets.map(() => [1, 0]));
      expect(streams.map(({ isEnded }) => isEnded)).toEqual([false, false]);
      // A request is in the log once it has ended.
      expect(accessLog(place)).toEqual([]);
    });

    test('would cut whoever is told nothing', async () => {
      const place = `${folder.path}/cutting`;
      const cutting = await startNginx({ folder: place, server: documentedServer(), relay: relay.address, settings: SHORT });
      const stream = await new EventStreamClient(`${cutting}/documents/idle/presence`, { headers: { Host: NAME } }).ended();
      expect(stream.types()).toEqual(['people']);
    });
  });
});

/** Of one request on a connection of its own. */
function statusOf(url: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, rejectUnauthorized: false, ...options });
    const answered = (status: number | undefined): void => {
      asked.destroy();
      resolve(status ?? 0);
    };
    asked.on('response', ({ statusCode }) => answered(statusCode));
    asked.on('upgrade', ({ statusCode }) => answered(statusCode));
    asked.on('error', reject).end();
  });
}
