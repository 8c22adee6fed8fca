/** One test shows each limit of the transport, made small by its flag; what a room limits is shown beside the room. */
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LOOPBACK_FACTOR } from '../../server/transports/connect-rate';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { HonestPair } from '../support/honest-pair';
import { limitFlags } from '../support/limit-flag';
import { clientFrame, endRawClients, RawClient, RawSocket } from '../support/raw-client';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { openSlowLine } from '../support/slow-line';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

const QUERY = Uint8Array.of(3);

describe('how many', () => {
  it('--limit-connections: the next upgrade is 503 with Retry-After, and gets in when there is room', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ connections: 3 }) });
    const pair = await HonestPair.in(relay, 'paper');
    const third = await new RawClient(`${relay.webSocketAddress}/other`).joined();
    const fourth = await new RawClient(`${relay.webSocketAddress}/other`).opened();
    expect(fourth.refused).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    await pair.stillWork();
    third.destroy();
    await until('there is room', async () => (await new RawClient(`${relay.webSocketAddress}/other`).opened()).refused === undefined);
  });

  it('--limit-room-peers: the next in the same document is 4503, and may come back', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ roomPeers: 2 }) });
    const pair = await HonestPair.in(relay, 'paper');
    const third = new RawClient(`${relay.webSocketAddress}/paper`);
    expect(await third.ended()).toEqual({ code: 4503, reason: REJECTIONS.full.reason });
    await new RawClient(`${relay.webSocketAddress}/other`).joined();
    await pair.stillWork();
  });

  it('--limit-connects-per-minute: beyond it an address gets 429 with Retry-After; loopback has more', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ connectsPerMinute: 1 }) });
    const pair = await HonestPair.in(relay, 'paper');
    for (let count = 2; count < LOOPBACK_FACTOR; count++) await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    const beyond = await new RawClient(`${relay.webSocketAddress}/paper`).opened();
    expect(beyond.refused?.status).toBe(429);
    const wait = Number(beyond.refused?.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    await pair.stillWork();
  });

  it('--limit-pings-per-second: one more in a second is 4529', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ pingsPerSecond: 3 }) });
    const client = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    for (let count = 0; count < 4; count++) client.socket.ping();
    expect(await client.ended()).toEqual({ code: 4529, reason: REJECTIONS['too-fast'].reason });
  });
});

describe('how much is read', () => {
  it('--limit-messages-per-second: a flood is read at the rate, without being closed, and others notice nothing', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ messagesPerSecond: 100, messagesBurst: 50 }) });
    const pair = await HonestPair.in(relay, 'paper');
    const flood = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    const before = flood.count('awareness');
    const began = performance.now();
    // Each is answered once it is read.
    for (let count = 0; count < 250; count++) flood.send(QUERY);
    flood.socket.pause();
    await pair.stillWork();
    flood.socket.resume();
    // What is in one piece of the line is handled at once, and what it is too much is paid off before the next is read.
    flood.send(QUERY);
    await until('all are answered', () => flood.count('awareness') - before >= 251);
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect(flood.closed).toBeUndefined();
  });

  it('--limit-bytes-per-second: so is a flood of bytes', async () => {
    const flags = limitFlags({ bytesPerSecond: 500 * 1024, bytesBurst: 100 * 1024 });
    const relay = await startRelayProcess({ flags });
    const pair = await HonestPair.in(relay, 'paper');
    const writer = await new StockClient(relay.webSocketAddress, 'long').synced();
    const reader = await new StockClient(relay.webSocketAddress, 'long').synced();
    const began = performance.now();
    for (let count = 0; count < 20; count++) writer.type('x'.repeat(50 * 1024));
    await pair.stillWork();
    await until('all has arrived', () => reader.content.length === 20 * 50 * 1024);
    expect(performance.now() - began).toBeGreaterThan(1_200);
    expect(writer.connections).toBe(1);
  });

  it('a paused connection is not taken for a dead one', async () => {
    const flags = limitFlags({ messagesPerSecond: 100, messagesBurst: 10, pingMs: 200 });
    const relay = await startRelayProcess({ flags });
    const client = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    for (let count = 0; count < 200; count++) client.send(QUERY);
    await until('the flood is handled', () => client.count('awareness') >= 200);
    client.send(QUERY);
    await until('it is read again, after many pings', () => client.count('awareness') >= 201);
    expect(client.closed).toBeUndefined();
  });

  it('--limit-document-bytes: a larger message is 4413', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ documentBytes: 64 * 1024 }) });
    const client = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    client.send(new Uint8Array(64 * 1024 + 64 * 1024 + 1));
    expect(await client.ended()).toEqual({ code: 4413, reason: REJECTIONS['too-large'].reason });
  });

  it('a message that many small TCP segments and frames bring is read as one', async () => {
    const relay = await startRelayProcess();
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'x'.repeat(2 * 1024 * 1024));
    const update = Y.encodeStateAsUpdate(doc);
    const message = encodeFrame({ type: 'update', update });
    const client = await RawSocket.upgraded(relay.port, 'paper');
    const part = 16 * 1024;
    for (let start = 0; start < message.length; start += part) {
      const isLast = start + part >= message.length;
      const firstByte = (start === 0 ? 0x02 : 0x00) | (isLast ? 0x80 : 0x00);
      const frame = clientFrame(firstByte, message.subarray(start, start + part));
      client.write(frame);
    }
    const reader = new StockClient(relay.webSocketAddress, 'paper');
    await until('the whole text is there', () => reader.text.length === 2 * 1024 * 1024);
    expect(client.isClosed).toBe(false);
  });
});

describe('who is silent', () => {
  it('--limit-ping-ms: a connection cut without a word is gone after two silent pings, and the person with it', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ pingMs: 300 }) });
    const line = await openSlowLine(relay.port, 0);
    const ada = await new StockClient(relay.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    const grace = await new StockClient(line.webSocketAddress, 'paper', { name: 'Grace' }).synced();
    await until('both are seen', () => ada.people.join() === 'Ada,Grace');
    line.cut();
    await until('Grace is gone', () => ada.people.join() === 'Ada', 5_000);
    grace.destroy();
    await line.close();
    expect(ada.connections).toBe(1);
  });

  it('an idle client that answers pings stays', async () => {
    const relay = await startRelayProcess({ flags: limitFlags({ pingMs: 50 }) });
    const client = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    let pings = 0;
    client.socket.on('ping', () => pings++);
    await until('many pings', () => pings >= 10);
    expect(client.closed).toBeUndefined();
  });

  it('row 60: a client that does not read is cut off, and memory stays bounded', async () => {
    const flags = limitFlags({ laggingBytes: 256 * 1024, stuckBytes: 1024 * 1024, pingMs: 1_500, documentBytes: 50 * 1024 * 1024 });
    const relay = await startRelayProcess({ flags });
    const pair = await HonestPair.in(relay, 'paper');
    const deaf = await new RawClient(`${relay.webSocketAddress}/paper`).joined();
    deaf.socket.pause();
    const before = relay.residentBytes;
    for (let count = 0; count < 75; count++) {
      pair.first.type('y'.repeat(200 * 1024));
      await until('the second has it', () => pair.second.content.length === pair.first.content.length);
    }
    await until('it is given up', () => /silent for two pings|does not read/.test(relay.stderr), 15_000);
    await pair.stillWork();
    deaf.socket.resume();
    await deaf.ended();
    expect(relay.residentBytes - before).toBeLessThan(250 * 1024 * 1024);
  }, 60_000);
});
