/** Lines that are slow, in pieces, idle or deaf: none of them is taken for what it is not. */
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { HonestPair } from '../support/honest-pair';
import { limitFlags } from '../support/limit-flag';
import { clientFrame, endRawClients, RawClient, RawSocket } from '../support/raw-client';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

const QUERY = Uint8Array.of(3);

describe('a line', () => {
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

  it('a client that asks and asks for half of the document, and does not read, costs one answer', async () => {
    const relay = await startRelayProcess();
    const letters = 4 * 1024 * 1024;
    const pair = await HonestPair.in(relay, 'paper');
    pair.first.type('y'.repeat(letters));
    await until('the second has it', () => pair.second.content.length === letters, 15_000);
    const deaf = await new RawClient(`${relay.webSocketAddress}/paper`).opened();
    deaf.socket.pause();
    await pair.stillWork();
    const before = relay.residentBytes;
    const writer = pair.first.doc.clientID;
    const half = Math.floor(letters * 0.51);
    for (let asked = 0; asked < 119; asked++)
      deaf.send({ type: 'sync-request', stateVector: Y.encodeStateVector(new Map([[writer, half + asked]])) });
    for (let round = 0; round < 20; round++) await pair.stillWork();
    expect(relay.residentBytes - before).toBeLessThan(100 * 1024 * 1024);
    // It was no offence: whoever reads again gets what it asked for last. The system took a few answers of two megabytes.
    deaf.socket.resume();
    await until('the last answer', () =>
      deaf.frames.some((frame) => frame.type === 'sync-reply' && Y.decodeUpdate(frame.update).structs[0]?.id.clock === half + 118),
    );
    expect([deaf.closed, deaf.count('sync-reply') < 12]).toEqual([undefined, true]);
  }, 60_000);
});
