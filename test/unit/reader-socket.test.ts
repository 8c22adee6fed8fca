import { describe, expect, it } from 'vitest';
import type { SocketRequest } from '../../src/renderer/session/socket';
import { ReaderSocket } from '../../src/renderer/session/sockets/reader-socket';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { decodeAwareness, encodeAwareness } from '../../src/shared/protocol/presence';
import { FakeAnswers } from '../support/fake-answers';
import { FakeStreams } from '../support/fake-streams';
import { ManualClock } from '../support/manual-clock';
import { SeenSocket, socketRequest } from '../support/seen-socket';

const QUESTION: Frame = { type: 'sync-request', stateVector: Uint8Array.of(0) };
const UPDATE: Frame = { type: 'update', update: Uint8Array.of(1, 2, 3) };
const presence = (...people: [number, object | null][]): Frame => ({
  type: 'awareness',
  entries: encodeAwareness(people.map(([id, state]) => ({ id, clock: 1, state: JSON.stringify(state) }))),
});
const idsIn = (frame: Frame | undefined) => (frame?.type === 'awareness' ? decodeAwareness(frame.entries).map(({ id }) => id) : undefined);

function read(changes: Partial<Omit<SocketRequest, 'document'>> = {}) {
  const streams = new FakeStreams();
  const clock = new ManualClock();
  const answers = new FakeAnswers();
  const network = new Set<() => void>();
  const onNetworkChange = (callback: () => void) => {
    network.add(callback);
    return () => network.delete(callback);
  };
  const parts = { openStream: streams.open, fetch: answers.fetch, clock, onNetworkChange };
  const open = (request: SocketRequest) => new ReaderSocket(request, parts);
  const seen = new SeenSocket(open, socketRequest({ role: 'viewer', ...changes }));
  const changeNetwork = () => {
    for (const callback of network) callback();
  };
  return { streams, clock, seen, first: streams.last, answers, changeNetwork, network };
}

function reading(changes: Partial<Omit<SocketRequest, 'document'>> = {}) {
  const opened = read(changes);
  opened.first.tells('reader', { document: 'paper', presence: 7 });
  opened.seen.send(QUESTION);
  return opened;
}

describe('a socket of somebody who reads', () => {
  it('is a stream from the last event on, and opens when the relay has let it in', () => {
    const { first, seen } = read({ secret: 's3cret', lastEventId: 'm-3' });
    const reader = { name: 'Ada', color: '#112233' };
    expect(first.request).toMatchObject({ kind: 'reader', secret: 's3cret', reader, lastEventId: 'm-3' });
    expect([seen.opened, seen.socket.lastEventId]).toEqual([0, 'm-3']);
    first.tells('reader', { document: 'paper', presence: 7 });
    expect([seen.opened, seen.socket.readyState, seen.socket.transport]).toEqual([1, 1, 'event-stream']);
  });

  it('tells frames, and up to which event all of them were told', () => {
    const { first, seen } = reading();
    first.frame({ type: 'sync-reply', update: Uint8Array.of(0, 0) }, 'm-4');
    first.frame(UPDATE);
    expect([seen.types, seen.socket.lastEventId]).toEqual([['sync-reply', 'update'], 'm-4']);
    const idsWhenTold: unknown[] = [];
    seen.socket.onmessage = () => idsWhenTold.push(seen.socket.lastEventId);
    first.frame(UPDATE, 'm-5');
    expect(idsWhenTold).toEqual(['m-5']);
  });

  it('counts nothing as told that came before it was open', () => {
    const { first, seen } = read({ lastEventId: 'm-3' });
    first.frame(UPDATE, 'm-9');
    expect([seen.types, seen.socket.lastEventId]).toEqual([[], 'm-3']);
  });

  it('R1 sends nothing up, whatever it is given', async () => {
    const { streams, clock, seen } = reading();
    for (const frame of [UPDATE, { type: 'sync-reply', update: Uint8Array.of(1) } as const, presence([9, null])]) seen.send(frame);
    await clock.advance(60_000);
    expect([streams.all.length, clock.waiting, seen.closes]).toEqual([1, 0, []]);
  });

  it('R1 another name is another stream, from the last event on, once the name is typed', async () => {
    const { streams, first, clock, seen } = reading();
    first.frame(UPDATE, 'm-5');
    for (const name of ['G', 'Gr', 'Grace']) {
      seen.send(presence([9, { user: { name, color: '#445566' } }]));
      await clock.advance(300);
    }
    expect(streams.all).toHaveLength(1);
    await clock.advance(500);
    expect(streams.all).toHaveLength(2);
    expect(streams.last.request).toMatchObject({ reader: { name: 'Grace', color: '#445566' }, lastEventId: 'm-5' });
    expect([first.isClosed, seen.socket.readyState]).toEqual([true, 1]);
    streams.last.tells('reader', { presence: 8 });
    streams.last.frame(UPDATE, 'm-6');
    expect([seen.opened, seen.types, seen.socket.lastEventId]).toEqual([1, ['update', 'update'], 'm-6']);
  });

  it('R1 the same name, or none, is the same stream; so is a name that was taken back', async () => {
    const { streams, clock, seen } = reading({ reader: { name: ' Ada\n', color: '#112233' } });
    seen.send(presence([9, { user: { name: 'Ada', color: '#112233' }, cursor: null }]));
    seen.send(presence([9, {}]));
    seen.send(presence([9, { user: { name: 'Grace', color: '#112233' } }]));
    seen.send(presence([9, { user: { name: 'Ada', color: '#112233' } }]));
    await clock.advance(10_000);
    expect(streams.all).toHaveLength(1);
  });

  it('R2 leaves out who it is itself, under all of its ids, and nobody else', async () => {
    const { streams, first, clock, seen } = reading();
    first.frame(presence([7, { user: { name: 'Ada' } }], [5, { user: { name: 'Eve' } }]));
    first.frame(presence([7, null]));
    expect(seen.frames.map(idsIn)).toEqual([[5], []]);
    seen.send(presence([9, { user: { name: 'Grace', color: '#112233' } }]));
    await clock.advance(1_000);
    streams.last.tells('reader', { presence: 8 });
    streams.last.frame(presence([7, null], [8, {}], [5, {}]));
    expect(idsIn(seen.frames.at(-1))).toEqual([5]);
  });

  it('R3 makes the round trip that is asked for, and tells heartbeats as frames that say nothing', () => {
    const { first, seen } = reading();
    seen.send({ type: 'query-awareness' });
    expect(first.probes).toBe(1);
    first.tells('heartbeat');
    expect(seen.frames.map(idsIn)).toEqual([[]]);
    expect(encodeFrame(seen.frames[0] as Frame)).toEqual(Uint8Array.of(1, 1, 0));
  });

  it('R4 asks for everything when something is missing', () => {
    const { streams, first, seen } = reading({ lastEventId: 'm-3' });
    expect(streams.all).toHaveLength(1);
    seen.send(QUESTION);
    expect([first.isClosed, streams.all.length, streams.last.request.lastEventId]).toEqual([true, 2, undefined]);
  });

  it('ends with the stream, by the codes of a WebSocket', async () => {
    const refused = reading();
    refused.first.ends({ type: 'refused', error: 'unauthorized', reason: 'No.' });
    expect(refused.seen.closes).toEqual([{ code: 4401, reason: 'No.' }]);
    const lost = read();
    lost.first.ends({ type: 'lost', reason: 'Gone.' });
    expect([lost.seen.closes, lost.seen.opened]).toEqual([[{ code: 1006, reason: 'Gone.' }], 0]);
    const unreadable = reading();
    unreadable.seen.send(presence([9, { user: { name: 'Grace', color: '#112233' } }]));
    unreadable.first.tells('frame', '%');
    expect([unreadable.seen.closes, unreadable.first.isClosed, unreadable.clock.waiting]).toEqual([
      [{ code: 1006, reason: 'The relay sent something unreadable.' }],
      true,
      0,
    ]);
  });

  it('passes on what it cannot read: whoever can not either says so', () => {
    const { first, seen } = reading();
    const raw: number[][] = [];
    seen.socket.onmessage = ({ data }: { data: ArrayBuffer }) => raw.push([...new Uint8Array(data)]);
    first.frame(Uint8Array.of(1, 99));
    first.frame(Uint8Array.of(250));
    expect(raw).toEqual([[1, 99], [250]]);
  });

  it('leaves nothing when it is closed', async () => {
    const { streams, first, clock, seen } = reading();
    seen.send(presence([9, { user: { name: 'Grace', color: '#112233' } }]));
    seen.socket.close();
    await clock.advance(10_000);
    expect([first.isClosed, clock.waiting, streams.all.length, seen.closes]).toEqual([true, 0, 1, []]);
  });
});

describe('a reader whose relay may be another by now', () => {
  const health = (relay: string) => ({ relay, durable: true, limits: { documentBytes: 1 } });
  const rename = presence([1, { user: { name: 'Grace', color: '#112233' } }]);

  it('R5 asks for a round trip once the relay was seen', async () => {
    const { first, seen, answers, changeNetwork, clock } = reading();
    changeNetwork();
    seen.send({ type: 'query-awareness' });
    expect([first.probes, answers.all.map(({ url }) => url)]).toEqual([0, ['http://relay.test/health']]);
    answers.last.says(200, health('r1'));
    await clock.settle();
    expect(first.probes).toBe(1);
  });

  it('R5 opens no other stream for a new name before that, and none where nobody is seen', async () => {
    const { streams, seen, answers, clock } = reading();
    await clock.advance(10_000);
    seen.send(rename);
    await clock.advance(1_000);
    expect([streams.all.length, answers.all.length]).toEqual([1, 1]);
    answers.last.fails();
    await clock.settle();
    expect([streams.all.length, seen.closes]).toEqual([1, []]);
  });

  it('R5 ends when another relay answers, and leaves nothing', async () => {
    const { first, seen, answers, changeNetwork, clock, network } = reading();
    changeNetwork();
    seen.send({ type: 'query-awareness' });
    answers.last.says(200, health('r2'));
    await clock.settle();
    expect(seen.closes).toEqual([
      { code: 1006, reason: 'Another relay answers at this address; check it with whoever sent you the link.' },
    ]);
    expect([first.probes, first.isClosed, clock.waiting, network.size]).toEqual([0, true, 0, 0]);
  });

  it('R5 asks for everything once the relay was seen', async () => {
    const { streams, first, seen, answers, changeNetwork, clock } = reading({ lastEventId: 'm-3' });
    changeNetwork();
    seen.send(QUESTION);
    expect([first.isClosed, streams.all.length, seen.socket.lastEventId]).toEqual([false, 1, 'm-3']);
    answers.last.says(200, health('r1'));
    await clock.settle();
    expect([first.isClosed, streams.all.length, streams.last.request.lastEventId]).toEqual([true, 2, undefined]);
  });

  it('R5 opens one other stream for a new name, also when nobody was seen the first time, or it is told again meanwhile', async () => {
    const { streams, seen, answers, changeNetwork, clock } = reading();
    changeNetwork();
    seen.send(rename);
    await clock.advance(1_000);
    answers.last.fails();
    await clock.settle();
    seen.send(rename);
    await clock.advance(1_000);
    seen.send(rename);
    await clock.advance(1_000);
    expect([streams.all.length, answers.all.length]).toEqual([1, 3]);
    for (const asked of answers.all.slice(1)) asked.says(200, health('r1'));
    await clock.settle();
    expect([streams.all.length, streams.last.request.reader?.name]).toEqual([2, 'Grace']);
  });
});
