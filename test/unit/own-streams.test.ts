import { describe, expect, it, test } from 'vitest';
import { SILENT_MS } from '../../src/renderer/streams/event-reader';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { FakeAnswers } from '../support/fake-answers';
import { ManualClock } from '../support/manual-clock';
import { SeenStream, streamRequest } from '../support/seen-stream';

function open(changes: Parameters<typeof streamRequest>[0] = {}) {
  const answers = new FakeAnswers();
  const clock = new ManualClock();
  const seen = new SeenStream(ownStreams({ fetch: answers.fetch, clock }), streamRequest(changes));
  return { answers, clock, seen, asked: answers.last };
}

/** A stream that has begun. */
async function begun(changes: Parameters<typeof streamRequest>[0] = {}) {
  const opened = open(changes);
  opened.asked.streams();
  await opened.clock.settle();
  return opened;
}

/** One that gave its connection a name. */
async function reading(changes: Parameters<typeof streamRequest>[0] = {}) {
  const opened = await begun(changes);
  opened.asked.tells('connection', { connection: 'c1' });
  opened.asked.tells('reader', { document: 'paper', presence: 7 });
  await opened.clock.settle();
  return opened;
}

describe('what a stream asks for', () => {
  test('of a reader: signs of life, who it is, and from where it goes on', () => {
    const { asked } = open({ secret: 's3cret', reader: { name: 'Gräce\n😀', color: '#a1b2c3' }, lastEventId: 'm5x0-17' });
    expect([asked.method, asked.url]).toEqual(['GET', 'http://relay.test/documents/paper/stream']);
    expect(Object.fromEntries(asked.headers)).toEqual({
      authorization: 'Bearer s3cret',
      'last-event-id': 'm5x0-17',
      'weft-color': '#a1b2c3',
      'weft-connection': 'alive',
      'weft-name': 'Gr%C3%A4ce%20%F0%9F%98%80',
    });
  });

  test('of a writer and of who only watches: no name', () => {
    expect(Object.fromEntries(open({ kind: 'writer' }).asked.headers)).toEqual({ 'weft-connection': 'new' });
    const { asked } = open({ kind: 'presence' });
    expect([asked.url, [...asked.headers]]).toEqual(['http://relay.test/documents/paper/presence', []]);
  });

  test('half a surrogate pair in a name, or an id that no relay gave, stops nobody', () => {
    const { asked } = open({ reader: { name: 'A\ud83d', color: '#112233' }, lastEventId: 'später\n' });
    expect([asked.headers.get('weft-name'), asked.headers.get('last-event-id')]).toEqual(['A', null]);
  });

  test('R3 nothing is cached, no cookie is sent, and no redirection is followed', () => {
    expect(open().asked.init).toMatchObject({ cache: 'no-store', credentials: 'omit', redirect: 'error' });
  });
});

describe('a stream', () => {
  it('tells its events in their order, however they are cut', async () => {
    const { asked, clock, seen } = await begun({ kind: 'presence' });
    const bytes = new TextEncoder().encode('retry: 2000\n\nid: a-1\nevent: joined\ndata: {"name":"Grä😀"}\n\nevent: moved\ndata: {}\n\n');
    for (const byte of bytes) asked.writes(Uint8Array.of(byte));
    await clock.settle();
    expect(seen.events).toEqual([
      { type: 'joined', data: '{"name":"Grä😀"}', id: 'a-1' },
      { type: 'moved', data: '{}', id: undefined },
    ]);
  });

  it.each([
    ['is over', 'ends'],
    ['is cut', 'isCut'],
  ] as const)('R1 that %s is lost, once, and leaves no timer', async (_words, how) => {
    const { asked, clock, seen } = await begun();
    asked[how]();
    await clock.settle();
    expect(seen.ends).toEqual([{ type: 'lost', reason: 'The connection to the relay was cut; trying again soon.' }]);
    expect(clock.waiting).toBe(0);
  });

  it('R1 is lost after 45 seconds of silence, and not before; any byte counts', async () => {
    const { asked, clock, seen } = await begun();
    await clock.advance(SILENT_MS - 1);
    asked.writes(':\n');
    await clock.advance(SILENT_MS - 1);
    expect(seen.ends).toEqual([]);
    await clock.advance(1);
    expect(seen.ends).toEqual([{ type: 'lost', reason: 'The relay does not answer any more; trying again soon.' }]);
    expect([asked.isAborted, clock.waiting]).toEqual([true, 0]);
  });

  it('R1 is lost when there is no answer at all for as long', async () => {
    const { asked, clock, seen } = open();
    await clock.advance(SILENT_MS);
    expect(seen.ends).toMatchObject([{ type: 'lost' }]);
    expect(asked.isAborted).toBe(true);
  });

  it('R1 tells nothing after it was closed, not even what came in the same piece', async () => {
    const { asked, clock, seen } = await begun();
    const onEvent = seen.onEvent.bind(seen);
    seen.onEvent = (...event) => {
      onEvent(...event);
      seen.stream.close();
    };
    asked.writes('event: reader\ndata: {}\n\nevent: frame\ndata: AA\n\n');
    await clock.settle();
    expect([seen.types, seen.ends]).toEqual([['reader'], []]);
    expect([asked.isAborted, clock.waiting]).toEqual([true, 0]);
  });

  it('R2 closed before an answer leaves nothing, whatever comes then', async () => {
    const { asked, clock, seen } = open();
    seen.stream.close();
    asked.streams().tells('reader', {});
    await clock.settle();
    expect([seen.types, seen.ends, asked.isAborted, clock.waiting]).toEqual([[], [], true, 0]);
  });
});

describe('a stream that is refused', () => {
  it.each(Object.entries(REJECTIONS))('by a status, as %s', async (error, { httpStatus, reason, comeBack }) => {
    const { asked, clock, seen } = open();
    asked.says(httpStatus, { error, reason });
    await clock.settle();
    expect(seen.ends).toEqual([comeBack ? { type: 'lost', reason } : { type: 'refused', error, reason }]);
    expect(clock.waiting).toBe(0);
  });

  it.each(Object.entries(REJECTIONS))('by an event, as %s', async (error, { reason, comeBack }) => {
    const { asked, clock, seen } = await begun();
    asked.tells('refused', { document: 'paper', kind: 'stream', error, reason, comeBack });
    await clock.settle();
    expect(seen.ends).toEqual([comeBack ? { type: 'lost', reason } : { type: 'refused', error, reason }]);
    expect([seen.types, asked.isAborted, clock.waiting]).toEqual([[], true, 0]);
  });

  it.each([
    [400, false],
    [418, false],
    [429, true],
    [500, true],
    [503, true],
  ])('with %i for a reason that only newer relays know', async (status, comesBack) => {
    const { asked, clock, seen } = open();
    asked.says(status, { error: 'eclipse', reason: 'It is too dark.' });
    await clock.settle();
    expect(seen.ends[0]).toMatchObject({ type: comesBack ? 'lost' : 'refused', reason: 'It is too dark.' });
  });

  it.each([
    [200, 'text/html', '<title>Sign in</title>', /not a Weft relay/],
    [401, 'text/html', '<title>Sign in</title>', /not a Weft relay/],
    [403, 'application/json', '"no"', /not a Weft relay/],
    [404, 'application/json', '{"message":"Not Found"}', /not a Weft relay/],
    [502, 'text/html', '<title>Bad gateway</title>', /on the way/],
    [200, 'application/json', '{"error":1,"reason":"x"}', /not a Weft relay/],
  ])('R2 by something else with %i and %s is lost', async (status, type, body, reason) => {
    const { asked, clock, seen } = open();
    asked.says(status, body, type);
    await clock.settle();
    expect(seen.ends).toMatchObject([{ type: 'lost', reason: expect.stringMatching(reason) }]);
  });

  it('by an event that cannot be read is lost', async () => {
    const { asked, clock, seen } = await begun();
    asked.tells('refused', 'not json');
    await clock.settle();
    expect(seen.ends).toEqual([{ type: 'lost', reason: 'The relay sent something unreadable; update the app.' }]);
  });
});

describe("a reader's signs of life", () => {
  it('R1 answer every heartbeat, with nothing in them, and are not told of', async () => {
    const { answers, asked, clock, seen } = await reading({ secret: 's3cret' });
    expect(answers.to('/frames')).toEqual([]);
    asked.tells('heartbeat', {});
    await clock.settle();
    const beat = await answers.asked('/frames');
    expect([beat.method, beat.url, beat.body]).toEqual(['POST', 'http://relay.test/documents/paper/frames', undefined]);
    expect(Object.fromEntries(beat.headers)).toEqual({ authorization: 'Bearer s3cret', 'weft-connection': 'c1' });
    beat.says(204, '');
    asked.tells('heartbeat', {});
    await clock.settle();
    expect(answers.to('/frames')).toHaveLength(2);
    expect(seen.types).toEqual(['reader', 'heartbeat', 'heartbeat']);
  });

  it('R1 need no timer: however long it takes until the next heartbeat, nothing is sent by itself', async () => {
    const { answers, clock, seen } = await reading();
    await clock.advance(SILENT_MS - 1);
    expect([answers.to('/frames'), seen.ends]).toEqual([[], []]);
  });

  it('R2 that the relay does not know end the stream; a lost answer, or what a proxy says, does not', async () => {
    const { answers, asked, clock, seen } = await reading();
    for (const [index, answer] of [undefined, [502, '<html>'], [404, '<html>'], [204, '']].entries()) {
      asked.tells('heartbeat', {});
      await clock.settle();
      const beat = await answers.asked('/frames', index + 1);
      if (answer === undefined) beat.fails();
      else beat.says(answer[0] as number, answer[1], 'text/html');
      await clock.settle();
    }
    expect(seen.ends).toEqual([]);
    asked.tells('heartbeat', {});
    await clock.settle();
    answers.last.says(404, { error: 'not-found', reason: 'There is no such connection; open the stream anew.' });
    await clock.settle();
    expect(seen.ends).toMatchObject([{ type: 'lost' }]);
    expect([asked.isAborted, clock.waiting]).toEqual([true, 0]);
  });

  it('end with the stream', async () => {
    const { answers, asked, clock, seen } = await reading();
    asked.tells('heartbeat', {});
    await clock.settle();
    seen.stream.close();
    expect(answers.last.isAborted).toBe(true);
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });

  it('are given up when they take too long', async () => {
    const { answers, asked, clock, seen } = await reading();
    asked.tells('heartbeat', {});
    await clock.advance(10_000);
    expect([answers.to('/frames')[0]?.isAborted, seen.ends]).toEqual([true, []]);
  });

  it('R3 prove the way on demand: the answer comes as a heartbeat', async () => {
    const { answers, clock, seen } = await reading();
    seen.stream.probe?.();
    (await answers.asked('/frames')).says(204, '');
    await clock.settle();
    expect(seen.types).toEqual(['reader', 'heartbeat']);
  });

  it('R3 prove nothing when the stream itself was silent for longer than a heartbeat', async () => {
    const { answers, clock, seen } = await reading();
    await clock.advance(20_001);
    seen.stream.probe?.();
    expect(answers.to('/frames')).toEqual([]);
  });

  it('are nobody else’s', async () => {
    const { answers, asked, clock, seen } = await begun({ kind: 'writer' });
    asked.tells('connection', { document: 'paper', connection: 'c1' });
    asked.tells('heartbeat', {});
    await clock.settle();
    expect(seen.types).toEqual(['connection', 'heartbeat']);
    expect(answers.all).toHaveLength(1);
  });
});
