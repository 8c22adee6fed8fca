import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { SUBPROTOCOL_PLAIN } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { proveFigure } from '../support/figures';
import { endReadingServers, startReadingServer } from '../support/reading-server';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { LoadClient } from './load-client';

/** How many; a slow machine may ask for fewer, which the figures say. */
const VIEWERS = Number(process.env.WEFT_VIEWERS ?? 1_000);
const OPENS = Number(process.env.WEFT_OPENS ?? 20_000);
const EDITORS = 10;
const KEYS_PER_SECOND = 5;
const SECONDS = 10;

afterEach(async () => {
  await endReadingServers();
  await endRelays();
});

const smaller = (is: number, promised: number) => (is >= promised ? {} : { scaledDown: `${is} instead of ${promised}` });

it(`${OPENS} opens and aborts of streams leave nothing`, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const huge = { connectsPerMinute: 2 ** 31, connections: 2 ** 31 };
  const server = await startReadingServer({ limits: huge });
  const heap = async (): Promise<number> => {
    await until('nothing is left', () => server.streams.count === 0 && server.rooms.size === 0, 60_000);
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  const openAndAbort = async (count: number): Promise<void> => {
    const waiting = new Set<Promise<void>>();
    for (let index = 0; index < count; index++) {
      const opened = abortOne(server.port, index).finally(() => waiting.delete(opened));
      waiting.add(opened);
      if (waiting.size >= 100) await Promise.race(waiting);
    }
    await Promise.all(waiting);
  };
  await openAndAbort(Math.min(OPENS, 2_000));
  const before = await heap();
  await openAndAbort(OPENS);
  const abortedAt = performance.now();
  await until('no stream is left', () => server.streams.count === 0, 60_000);
  proveFigure({
    what: `streams left of ${OPENS}: seconds until none`,
    value: (performance.now() - abortedAt) / 1000,
    unit: 's',
    atMost: 35,
    ...smaller(OPENS, 20_000),
  });
  proveFigure({ what: 'connections still known', value: server.writers.count, unit: 'ids', atMost: 0 });
  proveFigure({ what: 'grants still held', value: server.live.count('d0' as never), unit: 'grants', atMost: 0 });
  const grown = ((await heap()) - before) / 1024 / 1024;
  proveFigure({ what: 'heap that they left', value: grown, unit: 'MB', atMost: 10, ...smaller(OPENS, 20_000) });
});

it(`${VIEWERS} viewers and ${EDITORS} editors: over event streams as over WebSocket`, async () => {
  const relay = await startRelayProcess({ flags: ['--no-limits'] });
  const typists = await Promise.all(Array.from({ length: EDITORS }, (_, index) => Keys.join(relay, index)));
  const sockets = await Promise.all(Array.from({ length: VIEWERS }, () => SocketViewer.join(relay)));
  const bySocket = await measure(relay, typists, sockets);
  for (const viewer of sockets) viewer.close();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const streams: StreamViewer[] = [];
  for (let index = 0; index < VIEWERS; index++) streams.push(await StreamViewer.join(relay, index));
  // Everybody has heard of everybody.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const byStream = await measure(relay, typists, streams);
  for (const viewer of streams) viewer.close();
  for (const each of typists) each.client.close();
  proveFigure({ what: 'relay CPU per delivery to a WebSocket', value: bySocket.micros, unit: 'µs', ...smaller(VIEWERS, 1_000) });
  proveFigure({ what: 'relay CPU per delivery to an event stream', value: byStream.micros, unit: 'µs' });
  proveFigure({ what: 'the one in terms of the other', value: byStream.micros / bySocket.micros, unit: '×', atMost: 1.5 });
  proveFigure({ what: 'deliveries that are missing', value: byStream.missing, unit: 'edits', atMost: 0 });
  proveFigure({ what: 'p99 from key to WebSocket viewer', value: bySocket.p99, unit: 'ms' });
  proveFigure({ what: 'p99 from key to stream viewer', value: byStream.p99, unit: 'ms', atMost: Math.max(250, bySocket.p99) });
  expect(byStream.missing).toBe(0);
});

/** Opens a stream, reads a bit of it or nothing, and goes by one of the ways in which clients go. */
/** Streams of each kind by themselves, and feeds of all kinds. */
function opening(index: number): string {
  const document = `d${index % 10}`;
  const kinds = ['presence', 'stream', 'writer'];
  const kind = kinds[index % 4];
  const common = `Host: 127.0.0.1\r\nWeft-Name: Reader${index}\r\n`;
  if (kind === undefined) {
    const body = JSON.stringify(kinds.map((each) => ({ document, kind: each })));
    return `POST /feeds HTTP/1.1\r\n${common}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }
  const path = kind === 'presence' ? 'presence' : 'stream';
  return `GET /documents/${document}/${path} HTTP/1.1\r\n${common}${kind === 'writer' ? 'Weft-Connection: new\r\n' : ''}\r\n`;
}

async function abortOne(port: number, index: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.write(opening(index));
    const leave = (): void => {
      if (index % 3 === 0) socket.destroy();
      else if (index % 3 === 1) socket.resetAndDestroy();
      else socket.end();
    };
    if (index % 5 === 0) leave();
    else socket.once('data', leave);
    socket.resume();
  });
}

interface Viewer {
  /** Edits that it got. */
  edits: number;
  /** From key to edit. Milliseconds. */
  readonly waits: number[];
}

interface Measured {
  readonly micros: number;
  readonly missing: number;
  readonly p99: number;
}

async function measure(relay: RelayProcess, typists: readonly Keys[], viewers: readonly Viewer[]): Promise<Measured> {
  for (const viewer of viewers) {
    viewer.edits = 0;
    viewer.waits.length = 0;
  }
  typedAt = [];
  const cpuBefore = relay.cpuMs;
  let typed = 0;
  const startedAt = performance.now();
  for (let beat = 0; beat < SECONDS * KEYS_PER_SECOND; beat++) {
    for (const each of typists) {
      each.type();
      typed++;
      // Spread over the beat, as people are.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const ahead = startedAt + ((beat + 1) * 1000) / KEYS_PER_SECOND - performance.now();
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  const expected = typed * viewers.length;
  const got = () => viewers.reduce((sum, { edits }) => sum + edits, 0);
  await until('all edits arrived', () => got() >= expected, 60_000);
  const micros = ((relay.cpuMs - cpuBefore) * 1000) / expected;
  const waits = viewers.flatMap((viewer) => viewer.waits).sort((a, b) => a - b);
  return { micros, missing: expected - got(), p99: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN };
}

/** When each key of this measurement was typed. All viewers get the edits in one order, which is very nearly this one. */
let typedAt: number[] = [];

class Keys {
  readonly client: LoadClient;
  readonly #doc: Y.Doc;

  private constructor(client: LoadClient, doc: Y.Doc) {
    this.client = client;
    this.#doc = doc;
    doc.on('update', (update: Uint8Array) => client.send({ type: 'update', update }));
  }

  static async join(relay: RelayProcess, index: number): Promise<Keys> {
    const doc = new Y.Doc();
    doc.clientID = 1_000 + index;
    return new Keys(await new LoadClient(`${relay.webSocketAddress}/crowd`).joined(), doc);
  }

  type(): void {
    typedAt.push(performance.now());
    this.#doc.getText('content').insert(0, 'x');
  }
}

class SocketViewer implements Viewer {
  edits = 0;
  readonly waits: number[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const head = (rest[1] ?? 0) < 126 ? 2 : 4;
        const length = head === 2 ? (rest[1] ?? 0) : rest.length < 4 ? Number.POSITIVE_INFINITY : rest.readUInt16BE(2);
        if (rest.length < head + length) break;
        if (rest[head] === 0 && rest[head + 1] === 2) {
          this.waits.push(performance.now() - (typedAt[this.edits] ?? Number.NaN));
          this.edits++;
        }
        rest = rest.subarray(head + length);
      }
    });
  }

  static async join(relay: RelayProcess): Promise<SocketViewer> {
    const socket = connect(relay.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET /crowd HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL_PLAIN}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    return new SocketViewer(socket);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The start of an update in base64: its first bytes are 0 and 2. */
const UPDATE = /^data: AA[I-L]/m;

class StreamViewer implements Viewer {
  edits = 0;
  readonly waits: number[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      rest += chunk;
      const whole = rest.lastIndexOf('\n\n');
      if (whole < 0) return;
      const events = rest.slice(0, whole).split('\n\n');
      rest = rest.slice(whole + 2);
      for (const event of events) {
        if (!UPDATE.test(event)) continue;
        this.waits.push(performance.now() - (typedAt[this.edits] ?? Number.NaN));
        this.edits++;
      }
    });
  }

  static async join(relay: RelayProcess, index: number): Promise<StreamViewer> {
    const socket = connect(relay.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET /documents/crowd/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nWeft-Name: R${index}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    return new StreamViewer(socket);
  }

  close(): void {
    this.#socket.destroy();
  }
}
