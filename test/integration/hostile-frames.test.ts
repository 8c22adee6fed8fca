/** What clients send in WebSocket messages that no client should: each costs its connection, and nothing else. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeVarUint } from '../../src/shared/protocol/frames';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { HonestPair, untilSaved } from '../support/honest-pair';
import { limitFlags } from '../support/limit-flag';
import { clientFrame, endRawClients, RawClient, RawSocket } from '../support/raw-client';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

const DOCUMENT = 'attacked';
const bytes = (...values: readonly (number | readonly number[])[]): Uint8Array => Uint8Array.from(values.flat());
const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const update = (...body: readonly (number | readonly number[])[]): Uint8Array => {
  const flat = bytes(...body);
  return bytes([0, 2], [...encodeVarUint(flat.length)], [...flat]);
};
const awareness = (...entries: readonly { id: number; clock: number; state: string }[]): Uint8Array => {
  const body = entries.flatMap(({ id, clock, state }) => {
    const text = new TextEncoder().encode(state);
    return [...encodeVarUint(id), ...encodeVarUint(clock), ...encodeVarUint(text.length), ...text];
  });
  return bytes([1], [...encodeVarUint(body.length + 1)], [entries.length], body);
};

let relay: RelayProcess;
let pair: HonestPair;

beforeAll(async () => {
  // Small enough that going beyond it is quick; the client needs some room to write.
  relay = await startRelayProcess({ flags: limitFlags({ documentBytes: 1024 * 1024 }) });
  pair = await HonestPair.in(relay, DOCUMENT);
  await pair.stillWork();
});
afterEach(endRawClients);
afterAll(async () => {
  endStockClients();
  await endRelays();
});

/** The whole state of the document, as a newcomer gets it. */
async function state(): Promise<string> {
  const reader = await new RawClient(`${relay.webSocketAddress}/${DOCUMENT}`).joined();
  const reply = reader.frames.find((frame) => frame.type === 'sync-reply');
  reader.destroy();
  if (reply?.type !== 'sync-reply') throw new Error('no state');
  const doc = new Y.Doc();
  Y.applyUpdate(doc, reply.update);
  return Buffer.from(Y.encodeStateAsUpdate(doc)).toString('hex');
}

async function attacker(): Promise<RawClient> {
  return new RawClient(`${relay.webSocketAddress}/${DOCUMENT}`).joined();
}

describe('a message that is no frame ends its connection with 4400 and changes nothing', () => {
  const malformed: readonly (readonly [what: string, message: Uint8Array | string])[] = [
    ['row 1: an empty message', bytes()],
    ['row 2: a text message', '4294967296'],
    ['row 3: a number out of range', bytes(times(10, 0xff))],
    ['row 4: a number without end', bytes(times(1_000, 0x80), 0)],
    ['row 5: an auth frame', bytes(2)],
    ['row 5: frame type 7', bytes(7)],
    ['row 5: frame type 16,383', bytes(0xff, 0x7f)],
    ['row 5: a progress frame from a client', bytes(100, 1, 1)],
    ['row 6: an unknown sync step', bytes(0, 3)],
    ['row 8: a length of 2^31 without a body', bytes(0, 2, times(4, 0x80), 8)],
    ['row 10: a state vector of no bytes', bytes(0, 0, 0)],
    ['row 11: a state vector of 2^40 bytes', bytes(0, 0, times(5, 0x80), 0x20)],
    ['row 13: 33,554,431 structs', update(1, 0xff, 0xff, 0xff, 0x0f, 5, 0)],
    ['row 36: bytes after the end', bytes([...update(0, 0)], times(1_000, 0))],
    ['row 44: 2^40 awareness entries', bytes(1, 6, times(5, 0x80), 0x20)],
    ['row 44: an awareness entry cut short', bytes(1, 3, 1, 5, 1)],
    ['row 45: awareness JSON cut short', awareness({ id: 5, clock: 1, state: '{"user":' })],
    ['row 46: awareness JSON 200,000 deep', awareness({ id: 5, clock: 1, state: '['.repeat(200_000) })],
    ['row 47: an awareness state that is no object', awareness({ id: 5, clock: 1, state: '5' })],
  ];

  it.each(malformed)('%s', async (_what, message) => {
    await untilSaved(relay, DOCUMENT);
    const before = await state();
    const stored = relay.storedBytes();
    const client = await attacker();
    client.send(message);
    expect(await client.ended()).toEqual({ code: 4400, reason: REJECTIONS.malformed.reason });
    expect(await state()).toBe(before);
    expect(relay.storedBytes()).toBe(stored);
    await pair.stillWork();
  });
});

describe('what looks odd and is legal', () => {
  it('row 5: a query for awareness is answered', async () => {
    const client = await attacker();
    const before = client.count('awareness');
    client.send(bytes(3));
    await until('the answer', () => client.count('awareness') > before);
  });

  it('row 9: an update of nothing is accepted, and nobody is told', async () => {
    const watcher = await attacker();
    const client = await attacker();
    await untilSaved(relay, DOCUMENT);
    const stored = relay.storedBytes();
    client.send(update(0, 0));
    client.send(bytes(3));
    await until('the relay is through with it', () => client.count('awareness') > 0);
    expect(client.closed).toBeUndefined();
    expect(watcher.count('update')).toBe(0);
    expect(relay.storedBytes()).toBe(stored);
  });
});

describe('floods', () => {
  it('row 12: sync-requests for the whole document end with 4529', async () => {
    const client = await attacker();
    for (let count = 0; count < 100; count++) client.send({ type: 'sync-request', stateVector: bytes(0) });
    expect((await client.ended()).code).toBe(4529);
    expect(client.count('sync-reply')).toBeLessThanOrEqual(12);
    await pair.stillWork();
  });

  it('row 54: pings end with 4529', async () => {
    const client = await attacker();
    for (let count = 0; count < 10_000 && client.socket.readyState === client.socket.OPEN; count++) client.socket.ping();
    expect((await client.ended()).code).toBe(4529);
    await pair.stillWork();
  });

  it('row 50: 1,000 awareness frames a second reach others as a few', async () => {
    const watcher = await attacker();
    const client = await attacker();
    const before = watcher.count('awareness');
    for (let clock = 1; clock <= 1_000; clock++)
      client.send(awareness({ id: 77, clock, state: JSON.stringify({ user: { name: `n${clock}`, color: '#123456' } }) }));
    await until('the last name arrives', () =>
      JSON.stringify(
        watcher.frames.slice(-1).map((frame) => (frame.type === 'awareness' ? new TextDecoder().decode(frame.entries) : '')),
      ).includes('n1000'),
    );
    expect(watcher.count('awareness') - before).toBeLessThan(60);
    await pair.stillWork();
  });
});

describe('after its first refusal', () => {
  it('D13: nothing more of a connection counts, though it came in the same write', async () => {
    const before = await state();
    const client = await RawSocket.upgraded(relay.port, DOCUMENT);
    const doc = new Y.Doc();
    const good: Uint8Array[] = [];
    doc.on('update', (made: Uint8Array) => good.push(update([...made])));
    for (let count = 0; count < 300; count++) doc.getText('content').insert(0, 'x');
    client.write(Buffer.concat([bytes(7), ...good].map((message) => clientFrame(0x82, message))));
    await until('its code', () => client.closeCode === 4400);
    expect(await state()).toBe(before);
    await pair.stillWork();
  });
});

describe('a stock client', () => {
  it('that writes other roots is told so, and stops', async () => {
    const client = await new StockClient(relay.webSocketAddress, 'other-roots').synced();
    client.doc.getText('something-else').insert(0, 'x');
    await until('it is told', () => client.closes.length > 0);
    expect(client.closes[0]).toEqual({ code: 4400, reason: REJECTIONS['other-roots'].reason });
    expect(client.closes[0]?.reason).toContain('--documents any');
    expect(client.provider.shouldConnect).toBe(false);
  });

  it('row 51: with an update larger than the cap is told so and stops, instead of trying for ever', async () => {
    const client = await new StockClient(relay.webSocketAddress, 'too-large').synced();
    client.type('x'.repeat(1024 * 1024 + 32 * 1024));
    await until('it is told', () => client.closes.length > 0);
    expect(client.closes[0]).toEqual({ code: 4413, reason: REJECTIONS['too-large'].reason });
    expect(client.provider.shouldConnect).toBe(false);
    expect(client.text.length).toBe(1024 * 1024 + 32 * 1024);
    await pair.stillWork();
  });

  it('row 51: with a message larger than any that is read gets the same answer, and costs no memory', async () => {
    const before = relay.residentBytes;
    const client = await attacker();
    client.send(new Uint8Array(17 * 1024 * 1024));
    expect(await client.ended()).toEqual({ code: 4413, reason: REJECTIONS['too-large'].reason });
    expect(relay.residentBytes - before).toBeLessThan(20 * 1024 * 1024);
    await pair.stillWork();
  });
});
