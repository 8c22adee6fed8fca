/** Every limit, made small by its flag, over real sockets: what happens beyond it, and that others notice nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LOOPBACK_FACTOR } from '../../server/access/attempts-per-minute';
import { DEFAULT_LIMITS, type RelayLimits } from '../../server/rooms/limits';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { HonestPair } from '../support/honest-pair';
import { limitFlags } from '../support/limit-flag';
import { endRawClients, RawClient, type RawClientOptions } from '../support/raw-client';
import { startRelayOn } from '../support/relay-on-store';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { openSlowLine } from '../support/slow-line';
import { endStockClients, StockClient } from '../support/stock-client';
import { UnsteadyStore } from '../support/unsteady-store';

afterEach(async () => {
  endEventStreamClients();
  endRawClients();
  endStockClients();
  await endRelays();
});

const QUERY = Uint8Array.of(3);
/** The second letter of somebody whose first is missing. */
const GAP = secondLetter();
const TOO_LARGE = { code: 4413, reason: REJECTIONS['too-large'].reason };
const TOO_FAST = { code: 4529, reason: REJECTIONS['too-fast'].reason };

interface Proof {
  /** What holds beyond the limit. */
  readonly sentence: string;
  prove(): Promise<void>;
}

/** A limit that is not here does not compile, and does not pass either. */
const PROOFS: { readonly [Name in keyof RelayLimits]: Proof } = {
  documentBytes: {
    sentence: 'a larger message is 4413',
    async prove() {
      const relay = await withLimits({ documentBytes: 64 * 1024 });
      const client = await rawClient(relay);
      client.send(new Uint8Array(64 * 1024 + 64 * 1024 + 1));
      expect(await client.ended()).toEqual(TOO_LARGE);
    },
  },
  updateStructs: {
    sentence: 'an update of more is 4413, and nobody gets it',
    prove: () => refusesBeyond({ updateStructs: 5 }, updateOfStructs(5), updateOfStructs(6)),
  },
  updateClients: {
    sentence: 'an update by more client ids is 4413, and nobody gets it',
    prove: () => refusesBeyond({ updateClients: 2 }, updateByClients([1, 2]), updateByClients([3, 4, 5])),
  },
  documentClients: {
    sentence: 'one more client id is 4413, and those who are there write on',
    prove: () => refusesBeyond({ documentClients: 4 }, updateByClients([1, 2]), updateByClients([3])),
  },
  awarenessBytes: {
    sentence: 'a larger presence is 4400',
    async prove() {
      const relay = await withLimits({ awarenessBytes: 256 });
      const pair = await HonestPair.in(relay, 'paper');
      const client = await rawClient(relay);
      client.send(presence(7, 'x'.repeat(100)));
      await until('a small one is passed on', () => pair.first.people.length === 3);
      client.send(presence(7, 'x'.repeat(300)));
      expect(await client.ended()).toEqual({ code: 4400, reason: REJECTIONS.malformed.reason });
      await pair.stillWork();
    },
  },
  roomPeers: {
    sentence: 'the next in the same document is 4503, and may come back',
    async prove() {
      const relay = await withLimits({ roomPeers: 2 });
      const pair = await HonestPair.in(relay, 'paper');
      const third = new RawClient(`${relay.webSocketAddress}/paper`);
      expect(await third.ended()).toEqual({ code: 4503, reason: REJECTIONS.full.reason });
      await rawClient(relay, 'other');
      await pair.stillWork();
    },
  },
  connections: {
    sentence: 'the next upgrade is 503 with Retry-After, and gets in when there is room',
    async prove() {
      const relay = await withLimits({ connections: 3 });
      const pair = await HonestPair.in(relay, 'paper');
      const third = await rawClient(relay, 'other');
      const fourth = await new RawClient(`${relay.webSocketAddress}/other`).opened();
      expect(fourth.refused).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
      await pair.stillWork();
      third.destroy();
      await until('there is room', async () => (await new RawClient(`${relay.webSocketAddress}/other`).opened()).refused === undefined);
    },
  },
  connectsPerMinute: {
    sentence: 'beyond it an address gets 429 with Retry-After, sockets and streams together; loopback has more',
    async prove() {
      const relay = await withLimits({ connectsPerMinute: 1 });
      const pair = await HonestPair.in(relay, 'paper');
      const presence = `${relay.address}/documents/paper/presence`;
      for (let count = 2; count < LOOPBACK_FACTOR; count++) {
        if (count % 2 === 0) await rawClient(relay);
        else await new EventStreamClient(presence).has('people');
      }
      const beyond = await new RawClient(`${relay.webSocketAddress}/paper`).opened();
      expect((await new EventStreamClient(presence).ended()).status).toBe(429);
      expect(beyond.refused?.status).toBe(429);
      const wait = Number(beyond.refused?.headers['retry-after']);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60);
      await pair.stillWork();
    },
  },
  failuresPerMinute: {
    sentence: 'after as many wrong secrets an address waits before it is looked at again, over either way in',
    async prove() {
      const relay = await startRelayProcess({ flags: ['--access', 'links', '--limit-failures-per-minute', '1'] });
      const guess = { protocols: ['weft.v1', `weft.secret.${'a'.repeat(24)}`] };
      for (let count = 0; count < LOOPBACK_FACTOR; count++) {
        expect((await new RawClient(`${relay.webSocketAddress}/paper`, guess).ended()).code).toBe(4401);
      }
      const beyond = await new RawClient(`${relay.webSocketAddress}/paper`, guess).opened();
      expect(beyond.refused?.status).toBe(429);
      expect(Number(beyond.refused?.headers['retry-after'])).toBeGreaterThan(0);
      expect((await fetch(`${relay.address}/documents/paper`)).status).toBe(429);
    },
  },
  messagesPerSecond: {
    sentence: 'a flood is read at the rate, without being closed, and others notice nothing',
    async prove() {
      const relay = await withLimits({ messagesPerSecond: 100, messagesBurst: 50 });
      const pair = await HonestPair.in(relay, 'paper');
      const flood = await rawClient(relay);
      const before = flood.count('awareness');
      const began = performance.now();
      // Each is answered once it is read.
      for (let count = 0; count < 250; count++) flood.send(QUERY);
      flood.socket.pause();
      await pair.stillWork();
      flood.socket.resume();
      // What is in one piece of the line is handled at once, and what it is too much is paid off before the next is read: the last
      // one is not to be in that piece.
      await until('the burst is answered', () => flood.count('awareness') - before >= 50);
      const replies = flood.count('sync-reply');
      flood.send({ type: 'sync-request', stateVector: Uint8Array.of(0) });
      await until('all are answered', () => flood.count('sync-reply') > replies);
      expect(flood.count('awareness') - before).toBeGreaterThanOrEqual(250);
      expect(performance.now() - began).toBeGreaterThan(1_500);
      expect(flood.closed).toBeUndefined();
    },
  },
  messagesBurst: {
    sentence: 'so many are read at once, and only then one by one',
    async prove() {
      const relay = await withLimits({ messagesPerSecond: 2, messagesBurst: 20 });
      const client = await rawClient(relay);
      await readsABurst(15, 26, async () => {
        const before = client.count('awareness');
        client.send(QUERY);
        await until('it is answered', () => client.count('awareness') > before);
      });
      expect(client.closed).toBeUndefined();
    },
  },
  bytesPerSecond: {
    sentence: 'a flood of bytes is read at the rate, without being closed, and others notice nothing',
    async prove() {
      const relay = await withLimits({ bytesPerSecond: 500 * 1024, bytesBurst: 100 * 1024 });
      const pair = await HonestPair.in(relay, 'paper');
      const writer = await new StockClient(relay.webSocketAddress, 'long').synced();
      const reader = await new StockClient(relay.webSocketAddress, 'long').synced();
      const began = performance.now();
      for (let count = 0; count < 20; count++) writer.type('x'.repeat(50 * 1024));
      await pair.stillWork();
      await until('all has arrived', () => reader.content.length === 20 * 50 * 1024);
      expect(performance.now() - began).toBeGreaterThan(1_200);
      expect(writer.connections).toBe(1);
    },
  },
  bytesBurst: {
    sentence: 'so many are read at once, and only then at the rate',
    async prove() {
      const relay = await withLimits({ bytesPerSecond: 20 * 1024, bytesBurst: 200 * 1024 });
      const writer = await new StockClient(relay.webSocketAddress, 'paper').synced();
      const reader = await new StockClient(relay.webSocketAddress, 'paper').synced();
      await readsABurst(15, 26, async () => {
        writer.type('x'.repeat(10 * 1024));
        await until('it arrives', () => reader.content.length === writer.content.length);
      });
      expect(writer.connections).toBe(1);
    },
  },
  pingsPerSecond: {
    sentence: 'one more in a second is 4529',
    async prove() {
      const relay = await withLimits({ pingsPerSecond: 3 });
      const client = await rawClient(relay);
      for (let count = 0; count < 4; count++) client.socket.ping();
      expect(await client.ended()).toEqual(TOO_FAST);
    },
  },
  fullSyncsPerMinute: {
    sentence: 'one more whole document in a minute is 4529',
    async prove() {
      const relay = await withLimits({ fullSyncsPerMinute: 2 });
      const pair = await HonestPair.in(relay, 'paper');
      await pair.stillWork();
      const client = await rawClient(relay);
      for (let count = 0; count < 2; count++) client.send({ type: 'sync-request', stateVector: Uint8Array.of(0) });
      expect(await client.ended()).toEqual(TOO_FAST);
      expect(client.count('sync-reply')).toBe(2);
      await pair.stillWork();
    },
  },
  laggingBytes: {
    sentence: 'who reads too slowly gets no live frames any more, and all that it missed in one',
    async prove() {
      const relay = await withLimits({ laggingBytes: 256 * 1024, documentBytes: 64 * 1024 * 1024 });
      const pair = await HonestPair.in(relay, 'paper');
      const slow = await rawClient(relay);
      slow.socket.pause();
      const edits = await writeBeyondTheLine(pair);
      pair.first.type('the end');
      await pair.second.shows(pair.first.text);
      slow.socket.resume();
      const doc = new Y.Doc();
      let applied = 0;
      await until('it has everything', () => {
        for (const frame of slow.frames.slice(applied))
          if (frame.type === 'update' || frame.type === 'sync-reply') Y.applyUpdate(doc, frame.update);
        applied = slow.frames.length;
        return doc.getText('content').toString() === pair.first.text;
      });
      expect(slow.count('update')).toBeLessThan(edits / 2);
      expect(slow.closed).toBeUndefined();
      await pair.stillWork();
    },
  },
  stuckBytes: {
    sentence: 'who makes the relay ask and ask, and never reads, is cut off, and others notice nothing',
    async prove() {
      const relay = await withLimits({ stuckBytes: 256 * 1024, laggingBytes: 128 * 1024 });
      const pair = await HonestPair.in(relay, 'paper');
      const writer = await rawClient(relay);
      // What the relay asks with has a clock of each of them.
      for (let first = 0; first < 5_000; first += 1_000)
        writer.send({ type: 'update', update: updateByClients(Array.from({ length: 1_000 }, (_, index) => 1_000_000 + first + index)) });
      await until('they are there', () => pair.second.content.length === 5_000);
      const deaf = await rawClient(relay);
      deaf.socket.pause();
      // How much the system takes for who does not read differs. Each gap is asked about once there was an answer without one.
      for (let asked = 0; asked < 700 && !relay.stderr.includes('does not read'); asked++) {
        deaf.send({ type: 'sync-reply', update: Uint8Array.of(0, 0) });
        deaf.send({ type: 'update', update: GAP });
        if (asked % 50 === 49) await pair.stillWork();
      }
      await until('it is given up', () => relay.stderr.includes('does not read'));
      await pair.stillWork();
      deaf.socket.resume();
      await deaf.ended();
    },
  },
  pingMs: {
    sentence: 'D9: a line that swallows everything is noticed after two pings and a little, and the person is gone',
    async prove() {
      const pingMs = 1_500;
      const relay = await withLimits({ pingMs });
      const line = await openSlowLine(relay.port, 0);
      const ada = await new StockClient(relay.webSocketAddress, 'paper', { name: 'Ada' }).synced();
      const grace = await new StockClient(line.webSocketAddress, 'paper', { name: 'Grace' }).synced();
      await until('both are seen', () => ada.people.join() === 'Ada,Grace');
      line.cut();
      // 35 s with the default of 15 s.
      await until('Grace is gone', () => ada.people.join() === 'Ada', (35 / 15) * pingMs);
      grace.destroy();
      await line.close();
      expect(ada.connections).toBe(1);
    },
  },
  beatMs: {
    sentence: 'whoever is alone hears something that often',
    async prove() {
      const relay = await withLimits({ beatMs: 300 });
      const client = await rawClient(relay);
      const before = client.frames.length;
      // With the default, nothing would come for ten seconds.
      await until('ten beats', () => client.frames.length - before >= 10, 6_000);
      expect(client.count('awareness')).toBeGreaterThanOrEqual(10);
    },
  },
  holderMs: {
    sentence: 'a silent holder of a client id loses it to who writes under it, long before two pings',
    async prove() {
      const relay = await withLimits({ holderMs: 300 });
      const doc = new Y.Doc();
      const ghost = await rawClient(relay, 'paper', { autoPong: false });
      doc.getText('content').insert(0, 'before');
      ghost.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) });
      const reader = new StockClient(relay.webSocketAddress, 'paper');
      await reader.shows('before');
      const back = await new StockClient(relay.webSocketAddress, 'paper', { doc }).synced();
      back.type(', after');
      expect(await ghost.ended(5_000)).toMatchObject({ code: 1006 });
      await reader.shows('before, after');
      back.type(' and on');
      await reader.shows('before, after and on');
    },
  },
  graceMs: {
    sentence: 'an empty room stays in memory for so long, and no longer',
    async prove() {
      const store = new UnsteadyStore();
      let loads = 0;
      const load = store.load.bind(store);
      store.load = (document) => {
        loads++;
        return load(document);
      };
      const { relay, webSocketAddress } = await startRelayOn(store, limitFlags({ graceMs: 400 }));
      const visit = async (): Promise<void> => (await new RawClient(`${webSocketAddress}/paper`).joined()).destroy();
      await visit();
      await visit();
      expect(loads).toBe(1);
      await until('it is opened anew', async () => {
        // Each visit begins another grace time, so it has to pass without one.
        await new Promise((resolve) => setTimeout(resolve, 800));
        await visit();
        return loads === 2;
      });
      await relay.stop();
    },
  },
  presenceMs: {
    sentence: 'who moves faster is seen that often, where it is in the end',
    async prove() {
      const relay = await withLimits({ presenceMs: 400 });
      const watcher = await rawClient(relay);
      const mover = await rawClient(relay);
      const began = performance.now();
      const before = watcher.count('awareness');
      for (let move = 1; move <= 100; move++) {
        mover.send(presence(7, `at ${move}.`, move));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await until('it is seen where it is', () => lastPresence(watcher).includes('at 100.'));
      const most = (performance.now() - began) / 400 + 2;
      expect(watcher.count('awareness') - before).toBeLessThanOrEqual(most);
    },
  },
};

describe('beyond a limit', () => {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof RelayLimits)[];
  it.each(names.map((name) => [name, PROOFS[name].sentence] as const))('%s: %s', (name) => PROOFS[name].prove(), 60_000);
});

function withLimits(limits: Partial<RelayLimits>): Promise<RelayProcess> {
  return startRelayProcess({ flags: limitFlags(limits) });
}

function rawClient(relay: RelayProcess, document = 'paper', options: RawClientOptions = {}): Promise<RawClient> {
  return new RawClient(`${relay.webSocketAddress}/${document}`, options).joined();
}

/** The first update is within the limit and reaches others, the second is beyond it and costs its connection. */
async function refusesBeyond(limits: Partial<RelayLimits>, within: Uint8Array, beyond: Uint8Array): Promise<void> {
  const relay = await withLimits(limits);
  const pair = await HonestPair.in(relay, 'paper');
  await pair.stillWork();
  const client = await rawClient(relay);
  const before = pair.first.text.length;
  client.send({ type: 'update', update: within });
  await until('what is within it arrives', () => pair.first.text.length > before);
  const text = pair.first.text;
  client.send({ type: 'update', update: beyond });
  expect(await client.ended()).toEqual(TOO_LARGE);
  expect(pair.first.text).toBe(text);
  await pair.stillWork();
}

/** Each letter before the last, so that no two become one struct. */
function updateOfStructs(count: number): Uint8Array {
  const doc = new Y.Doc();
  for (let letter = 0; letter < count; letter++) doc.getText('content').insert(0, 'x');
  return Y.encodeStateAsUpdate(doc);
}

function updateByClients(clientIds: readonly number[]): Uint8Array {
  return Y.mergeUpdates(
    clientIds.map((clientId) => {
      const doc = new Y.Doc();
      doc.clientID = clientId;
      doc.getText('content').insert(0, 'x');
      return Y.encodeStateAsUpdate(doc);
    }),
  );
}

function secondLetter(): Uint8Array {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (const letter of 'ab') doc.getText('content').insert(doc.getText('content').length, letter);
  return updates[1] as Uint8Array;
}

function presence(id: number, name: string, clock = 1): Uint8Array {
  const state = new TextEncoder().encode(JSON.stringify({ user: { name, color: '#123456' } }));
  if (id > 127 || clock > 127) throw new Error('not in one byte');
  const length = [0x80 | (state.length & 0x7f), state.length >> 7];
  const entry = [id, clock, ...length, ...state];
  return Uint8Array.from([1, 0x80 | ((entry.length + 1) & 0x7f), (entry.length + 1) >> 7, 1, ...entry]);
}

function lastPresence(client: RawClient): string {
  const frame = client.frames.findLast(({ type }) => type === 'awareness');
  return frame?.type === 'awareness' ? new TextDecoder().decode(frame.entries) : '';
}

/** The first so many are through much sooner than the rate would let them; all of them are not. */
async function readsABurst(burst: number, all: number, readOne: () => Promise<void>): Promise<void> {
  const began = performance.now();
  for (let count = 0; count < burst; count++) await readOne();
  expect(performance.now() - began).toBeLessThan(3_500);
  for (let count = burst; count < all; count++) await readOne();
  expect(performance.now() - began).toBeGreaterThan(2_000);
}

/** More than what the system's buffers of one connection take, in a document that stays small. The answer: how many edits. */
async function writeBeyondTheLine({ first, second }: HonestPair): Promise<number> {
  const edits = 60;
  for (let count = 0; count < edits / 2; count++) {
    first.type('y'.repeat(400 * 1024));
    first.content.delete(0, first.content.length - 1);
    await until('the other has it', () => second.content.length === 1);
  }
  return edits;
}
