import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../server/transports/writer-connection';
import { HttpSocket } from '../../src/renderer/session/sockets/http-socket';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { FakeAnswers } from '../support/fake-answers';
import { FakeStreams } from '../support/fake-streams';
import { ManualClock } from '../support/manual-clock';
import { SeenSocket, socketRequest } from '../support/seen-socket';

function connect() {
  const streams = new FakeStreams();
  const answers = new FakeAnswers();
  const clock = new ManualClock();
  const network = new Set<() => void>();
  const onNetworkChange = (callback: () => void) => {
    network.add(callback);
    return () => network.delete(callback);
  };
  const parts = { onNetworkChange, openStream: streams.open, fetch: answers.fetch, clock, chance: () => 0.5 };
  const seen = new SeenSocket((request) => new HttpSocket(request, parts), socketRequest({ secret: 's3cret' }));
  const { last: stream } = streams;
  return { streams, stream, answers, clock, seen, network };
}

function opened() {
  const connected = connect();
  connected.stream.tells('connection', { document: 'paper', connection: 'c1' });
  return connected;
}

describe('a socket without WebSocket', () => {
  it('R1 opens once the relay has named the connection', async () => {
    const { stream, seen, answers, clock } = connect();
    expect(stream.request).toMatchObject({
      kind: 'writer',
      secret: 's3cret',
      document: 'paper',
      reader: undefined,
      lastEventId: undefined,
    });
    seen.send({ type: 'query-awareness' });
    stream.tells('heartbeat');
    expect([seen.opened, seen.socket.readyState]).toEqual([0, 0]);
    stream.tells('connection', { document: 'paper', connection: 'c1' });
    expect([seen.opened, seen.socket.readyState, seen.socket.transport]).toEqual([1, 1, 'http']);
    await clock.settle();
    expect(answers.all).toEqual([]);
  });

  it('R1 carries frames both ways', async () => {
    const { stream, seen, answers, clock } = opened();
    stream.frame({ type: 'sync-request', stateVector: Uint8Array.of(0) });
    stream.frame({ type: 'progress', received: 1, saved: 0 });
    expect(seen.types).toEqual(['sync-request', 'progress']);
    seen.send({ type: 'query-awareness' });
    expect((seen.socket as HttpSocket).bufferedAmount).toBe(1);
    await clock.settle();
    const post = answers.last;
    expect(Object.fromEntries(post.headers)).toMatchObject({ authorization: 'Bearer s3cret', 'weft-connection': 'c1', 'weft-frame': '1' });
    expect(splitFrames(post.body as Uint8Array)).toEqual([encodeFrame({ type: 'query-awareness' })]);
    post.says(200, { received: 1 });
    await clock.settle();
    expect((seen.socket as HttpSocket).bufferedAmount).toBe(0);
  });

  it.each(['heartbeat', 'probe'])('R2 answers a %s at once', async (type) => {
    const { stream, answers, seen } = opened();
    stream.tells(type);
    expect(answers.all).toHaveLength(1);
    expect([answers.last.body, answers.last.headers.get('weft-connection'), seen.types]).toEqual([undefined, 'c1', []]);
  });

  it.each(Object.entries(REJECTIONS).filter(([, { comeBack }]) => !comeBack))(
    'ends as a WebSocket would when it is refused: %s',
    (error, rejection) => {
      const { stream, seen } = opened();
      stream.ends({ type: 'refused', error, reason: 'Because.' });
      expect(seen.closes).toEqual([{ code: rejection.closeCode, reason: 'Because.' }]);
      expect(seen.socket.readyState).toBe(3);
    },
  );

  it('ends with a final code for a reason that only newer relays know', () => {
    const { stream, seen } = opened();
    stream.ends({ type: 'refused', error: 'eclipse', reason: 'It is too dark.' });
    expect(seen.closes).toEqual([{ code: 4400, reason: 'It is too dark.' }]);
  });

  it('ends as a WebSocket that was cut when its stream is, and nothing is sent any more', async () => {
    const { stream, seen, answers, clock } = opened();
    seen.send({ type: 'query-awareness' });
    stream.ends({ type: 'lost', reason: 'Gone.' });
    seen.send({ type: 'query-awareness' });
    await clock.settle();
    expect([seen.closes, answers.all, clock.waiting]).toEqual([[{ code: 1006, reason: 'Gone.' }], [], 0]);
  });

  it('ends with its posts, and the stream with it', async () => {
    const { stream, seen, answers, clock } = opened();
    stream.tells('probe');
    answers.last.says(404, { error: 'not-found', reason: 'There is no such connection; open the stream anew.' });
    await clock.settle();
    expect([seen.closes, stream.isClosed]).toEqual([[{ code: 1006, reason: 'The relay ended this connection.' }], true]);
  });

  it.each([
    ['a frame that is no base64', (stream: FakeStreams['last']) => stream.tells('frame', '%')],
    ['a second connection', (stream: FakeStreams['last']) => stream.tells('connection', { connection: 'c2' })],
    ['a connection without a name', (stream: FakeStreams['last']) => stream.tells('connection', 'c2')],
  ])('ends at %s', (_what, tell) => {
    const { stream, seen, clock } = opened();
    tell(stream);
    expect([seen.closes, stream.isClosed, clock.waiting]).toEqual([
      [{ code: 1006, reason: 'The relay sent something unreadable.' }],
      true,
      0,
    ]);
  });

  it('R4 sends nothing to another that has the address in another network, and ends', async () => {
    const { stream, seen, answers, clock, network } = opened();
    for (const callback of network) callback();
    // The stream may still come from where it came from: a request may not.
    stream.tells('heartbeat');
    seen.send({ type: 'query-awareness' });
    await clock.settle();
    expect(answers.all.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([['http://relay.test/health', null]]);
    answers.last.says(200, { relay: 'r2', durable: true, limits: { documentBytes: 1 } });
    await clock.settle();
    expect([seen.closes, stream.isClosed]).toEqual([
      [{ code: 1006, reason: 'Another relay answers at this address; check it with whoever sent you the link.' }],
      true,
    ]);
    expect([answers.all.length, clock.waiting, network.size]).toEqual([1, 0, 0]);
  });

  it('R4 takes every event of its stream for a sign of the relay', async () => {
    const { stream, seen, answers, clock } = opened();
    for (let seconds = 0; seconds < 20; seconds += 4) {
      await clock.advance(4_000);
      stream.frame({ type: 'progress', received: 0, saved: 0 });
    }
    seen.send({ type: 'query-awareness' });
    await clock.settle();
    expect(answers.all.map(({ url }) => url)).toEqual(['http://relay.test/documents/paper/frames']);
  });

  it('R3 closed from here, hands over what was sent, tells nothing more, and leaves nothing', async () => {
    const { stream, seen, answers, clock } = opened();
    seen.send({ type: 'query-awareness' });
    seen.socket.close();
    stream.frame({ type: 'progress', received: 1, saved: 0 });
    await clock.settle();
    expect([seen.socket.readyState, stream.isClosed, answers.all.length]).toEqual([3, false, 1]);
    answers.last.says(200, { received: 1 });
    await clock.settle();
    expect([stream.isClosed, clock.waiting, seen.closes, seen.types]).toEqual([true, 0, [], []]);
  });

  it('R3 tells nothing of its stream either, while it hands over', async () => {
    const { stream, seen, clock } = opened();
    seen.send({ type: 'query-awareness' });
    seen.socket.close();
    stream.ends({ type: 'lost', reason: 'Gone.' });
    await clock.settle();
    expect([seen.closes, clock.waiting]).toEqual([[], 0]);
  });

  it.each(['before it is open', 'with nothing to send'])('closed from here %s, it is gone at once', (when) => {
    const { stream, seen, answers, clock } = when === 'before it is open' ? connect() : opened();
    seen.socket.close();
    expect([stream.isClosed, answers.all, clock.waiting, seen.closes]).toEqual([true, [], 0, []]);
  });
});
