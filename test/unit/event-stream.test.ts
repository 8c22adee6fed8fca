import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';
import { EventStreamFraming, encodeEvent, HEARTBEAT, OPENING } from '../../server/transports/event-stream-framing';
import { forbidSecretInAddress, readerState, readerWords } from '../../server/transports/reading-requests';
import { splitFrames } from '../../server/transports/writer-connection';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { InMemoryPeer, presenceIn } from '../support/in-memory-peer';
import { joinFrames } from '../support/post-writer';
import { DOCUMENT, RoomsForTest, Typist, Visitor } from '../support/room-for-test';

/** What a client makes of bytes. */
function parse(...chunks: readonly Uint8Array[]): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for (const chunk of chunks) parser.feed(Buffer.from(chunk).toString());
  return events;
}

describe('events as bytes', () => {
  test('are one event each, whatever is in their data (R1)', () => {
    const data = { name: 'a\r\n\r\nevent: evil\ndata: x\u2028\u2029\u0000\r' };
    expect(parse(OPENING, encodeEvent({ type: 'joined', id: 'e-1', data }), HEARTBEAT)).toEqual([
      { event: 'joined', id: 'e-1', data: JSON.stringify(data) },
      { event: 'heartbeat', id: undefined, data: '{}' },
    ]);
  });

  test('carry frames in base64, with the id of the update that the reader then has (R2)', () => {
    const framing = new EventStreamFraming({ epoch: 'e1' });
    const message = Uint8Array.from({ length: 256 }, (_, index) => index);
    const [numbered, plain] = parse(framing.frame(message.subarray(3, 250), 17), framing.frame(message));
    expect(numbered).toEqual({ event: 'frame', id: 'e1-17', data: Buffer.from(message.subarray(3, 250)).toString('base64') });
    expect(plain?.id).toBeUndefined();
    const shared = new EventStreamFraming({ epoch: 'e1', part: { document: 'plan' as DocumentId, kind: 'writer' } });
    expect(parse(shared.frame(Uint8Array.of(3), 0))).toEqual([{ event: 'frame', id: 'e1-0', data: 'plan writer Aw==' }]);
  });
});

describe('what a request for a stream says', () => {
  test.each([
    ['Gr%C3%A4ce', '#A1b2C3', { name: 'Gräce', color: '#A1b2C3' }],
    ['a%0Ab%0D%0Adata:%20x', 'red', { name: 'a b data: x', color: '#808080' }],
    ['%E2%80%AEevil', '#a1b2c3;x', { name: 'evil', color: '#808080' }],
    ['', '', { name: '', color: '#808080' }],
    ['x'.repeat(8_000), '#'.repeat(8_000), { name: 'x'.repeat(64), color: '#808080' }],
    ['%F0%9F%A6%8A'.repeat(500), '#000000', { name: '🦊'.repeat(64), color: '#000000' }],
  ])('a name %j and a colour %j, cleaned (R2)', (name, color, user) => {
    const words = readerWords({ 'weft-name': name, 'weft-color': color });
    expect(JSON.parse(readerState(words, {}))).toEqual({ user });
    expect(JSON.parse(readerState(words, { saidName: 'Before' }))).toEqual({ user: { ...user, name: user.name || 'Before' } });
    expect(JSON.parse(readerState(words, { name: 'Known\n', saidName: 'Before' }))).toEqual({ user: { ...user, name: 'Known' } });
  });

  test.each(['/x?secret=1', '/x?a=b&token=', '/x?access_token=x', '/x?%73ecret=1', '/x?key'])(
    'refuses %s: no secret in an address (R1)',
    (url) => {
      expect(() => forbidSecretInAddress(url)).toThrow(Rejected);
    },
  );

  test('lets other addresses pass (R1)', () => {
    for (const url of ['/x', '/x?', '/x?secrets=no', '/secret/x', '/x?a=secret']) expect(() => forbidSecretInAddress(url)).not.toThrow();
  });
});

describe('the body of a POST', () => {
  test('is frames, each after its length', () => {
    const frames = [encodeFrame({ type: 'query-awareness' }), new Uint8Array(300).fill(7), new Uint8Array()];
    expect(splitFrames(joinFrames(frames))).toEqual(frames);
    expect(splitFrames(new Uint8Array())).toEqual([]);
  });

  test.each([[[5, 1]], [[0x80]], [[1, 3, 2, 3]], [[255, 255, 255, 255, 255, 255, 255, 255, 1]]])('%j is refused as a whole', (bytes) => {
    expect(() => splitFrames(Uint8Array.from(bytes))).toThrow(Rejected);
  });
});

describe('readers in a room', () => {
  test('share one write with each other, their own presence included, and are told who they are seen as', async () => {
    const rooms = new RoomsForTest();
    const writer = await rooms.join();
    const readers = await Promise.all(
      [21, 22, 23].map(async (id) => {
        const peer = Object.assign(new InMemoryPeer({ role: 'viewer', wantsProgress: false }), { hearsItself: true });
        const reader = new Visitor(peer, await rooms.rooms.join(DOCUMENT, peer));
        reader.request();
        reader.present(id, `Reader ${id}`);
        return reader;
      }),
    );
    writer.present(1, 'Ada');
    await rooms.clock.advance(100);
    for (const { peer } of [writer, ...readers]) peer.takeFrames();
    writer.update(new Typist(9).type('a'));
    for (const [index, reader] of readers.entries()) reader.present(21 + index, 'Renamed');
    await rooms.clock.advance(100);
    const writes = readers.map(({ peer }) => [...peer.writes]);
    for (const each of writes) expect(each.every((bytes, index) => bytes === writes[0]?.[index])).toBe(true);
    expect(presenceIn(readers[0]?.peer.takeFrames() ?? []).map(({ id }) => id)).toEqual([21, 22, 23]);
    readers[0]?.member.leave();
    await rooms.clock.advance(100);
    expect(presenceIn(writer.peer.takeFrames()).find(({ id, state }) => id === 21 && state === 'null')).toBeDefined();
  });

  test('know from where to go on: a number of this opening of the room gives the clocks of then', async () => {
    const rooms = new RoomsForTest();
    const typist = new Typist(9);
    let room: { readonly epoch: string; stateVectorAt(update: number): Uint8Array | undefined } | undefined;
    const peer = new InMemoryPeer();
    const member = await rooms.rooms.enter(DOCUMENT, (place) => {
      room = place;
      return peer;
    });
    const { epoch } = room ?? { epoch: '' };
    for (const key of ['a', 'b', 'c']) member.receive(encodeFrame({ type: 'update', update: typist.type(key) }));
    expect(room?.stateVectorAt(0)).toEqual(Uint8Array.of(0));
    expect(room?.stateVectorAt(2)).toEqual(Uint8Array.of(1, 9, 2));
    expect(room?.stateVectorAt(4)).toBeUndefined();
    member.leave();
    await rooms.clock.advance(120_000);
    await rooms.rooms.enter(DOCUMENT, (place) => {
      room = place;
      return peer;
    });
    expect(room?.epoch).not.toBe(epoch);
    expect(room?.stateVectorAt(2)).toBeUndefined();
    expect(room?.stateVectorAt(3)).toEqual(Uint8Array.of(1, 9, 3));
  });
});
