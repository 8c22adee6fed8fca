import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../server/transports/writer-connection';
import { FramePosts, MOST_WAITING_BYTES } from '../../src/renderer/session/sockets/frame-posts';
import { RelaySight } from '../../src/renderer/session/sockets/relay-sight';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { type AskedRequest, FakeAnswers } from '../support/fake-answers';
import { ManualClock } from '../support/manual-clock';

const healthOf = (relay: string) => ({ relay, durable: true, limits: { documentBytes: 1 } });

function begin(holds = false) {
  const answers = new FakeAnswers();
  const clock = new ManualClock();
  const ends: [number, string][] = [];
  const health = new FakeAnswers();
  const seen = { relay: 'http://relay.test', relayId: () => 'r1' };
  const sight = new RelaySight(seen, {
    // Unless a test holds it back, the relay is there.
    fetch: (url, init) => (holds ? health.fetch(url, init) : Promise.resolve(Response.json(healthOf('r1')))),
    clock,
  });
  const posts = new FramePosts({
    url: 'http://relay.test/documents/paper/frames',
    headers: { Authorization: 'Bearer s3cret', 'Weft-Connection': 'c1' },
    fetch: answers.fetch,
    clock,
    chance: () => 1,
    sight,
    onEnd: (code, reason) => ends.push([code, reason]),
  });
  const send = (...bytes: number[]) => {
    for (const byte of bytes) posts.send(Uint8Array.of(byte));
  };
  /** Answers the newest POST, and lets everything take its course. */
  const answer = async (status: number, body: unknown, type?: string) => {
    answers.last.says(status, body, type);
    await clock.settle();
  };
  return { answers, clock, ends, posts, send, answer, health, sight };
}

const numbersOf = (post: AskedRequest | undefined) => splitFrames((post?.body ?? new Uint8Array()) as Uint8Array).map(([byte]) => byte);
const firstOf = (post: AskedRequest | undefined) => Number(post?.headers.get('weft-frame'));

describe('frames by POST', () => {
  it('R1 what is sent in one turn goes in one POST, with the number of its first frame', async () => {
    const { answers, clock, send } = begin();
    send(1, 2, 3);
    await clock.settle();
    expect(answers.all).toHaveLength(1);
    const [post] = answers.all;
    expect([post?.method, post?.url, firstOf(post), numbersOf(post)]).toEqual([
      'POST',
      'http://relay.test/documents/paper/frames',
      1,
      [1, 2, 3],
    ]);
    expect(Object.fromEntries(post?.headers ?? [])).toEqual({
      authorization: 'Bearer s3cret',
      'content-type': 'application/octet-stream',
      'weft-connection': 'c1',
      'weft-frame': '1',
    });
  });

  it('R1 what gathers while one is under way goes with the next one', async () => {
    const { answers, clock, send, answer, posts } = begin();
    send(1);
    await clock.settle();
    send(2);
    await clock.settle();
    send(3);
    await clock.settle();
    expect(answers.all).toHaveLength(1);
    await answer(200, { received: 1 });
    expect([answers.all.length, firstOf(answers.last), numbersOf(answers.last)]).toEqual([2, 2, [2, 3]]);
    await answer(200, { received: 3 });
    expect([answers.all.length, posts.waitingBytes, clock.waiting]).toEqual([2, 0, 0]);
  });

  it('R1 a lost answer is asked for again, after a pause that grows to four seconds', async () => {
    const { answers, clock, send, answer } = begin();
    send(1);
    await clock.settle();
    for (const pause of [200, 400, 800, 1600, 3200, 4000, 4000]) {
      const count = answers.all.length;
      answers.last.fails();
      await clock.settle();
      await clock.advance(pause - 1);
      expect(answers.all).toHaveLength(count);
      await clock.advance(1);
      expect([answers.all.length, firstOf(answers.last), numbersOf(answers.last)]).toEqual([count + 1, 1, [1]]);
    }
    await answer(200, { received: 1 });
    send(2);
    await clock.settle();
    answers.last.fails();
    await clock.settle();
    const count = answers.all.length;
    await clock.advance(200);
    expect(answers.all).toHaveLength(count + 1);
  });

  it.each([
    ['a proxy', 502, '<html>', 'text/html'],
    ['a page to sign in at', 200, '<html>', 'text/html'],
    ['a relay that wants it later', 429, { error: 'too-fast', reason: 'Too many attempts; trying again soon.' }, undefined],
    ['a relay that is going', 503, { error: 'restarting', reason: 'The relay is restarting; back in a moment.' }, undefined],
    ['a firewall', 403, '<html>', 'text/html'],
  ])('R1 what %s says is tried again', async (_who, status, body, type) => {
    const { answers, clock, ends, send, answer } = begin();
    send(1);
    await clock.settle();
    await answer(status, body, type);
    await clock.advance(200);
    expect([answers.all.length, numbersOf(answers.last), ends]).toEqual([2, [1], []]);
  });

  it('R1 no answer within 15 seconds is none; a large body may take longer', async () => {
    const { answers, clock, posts, send } = begin();
    send(1);
    await clock.advance(14_999);
    expect(answers.last.isAborted).toBe(false);
    await clock.advance(2);
    expect(answers.last.isAborted).toBe(true);
    posts.stop();
    const large = begin();
    large.posts.send(new Uint8Array(8_000_000));
    await large.clock.advance(900_000);
    expect(large.answers.all.map(({ isAborted }) => isAborted)).toEqual([false]);
  });

  it('R1 an answer from before changes nothing, and is no reason to ask again at once', async () => {
    const { answers, clock, ends, send, answer } = begin();
    send(1, 2);
    await clock.settle();
    await answer(200, { received: 2 });
    send(3);
    await clock.settle();
    await answer(200, { received: 2 });
    expect(answers.all).toHaveLength(2);
    await clock.advance(200);
    expect([answers.all.length, firstOf(answers.last), ends]).toEqual([3, 3, []]);
  });

  it('R1 goes on after what the relay says it has, also where it misses something', async () => {
    const { answers, clock, send, answer } = begin();
    send(1, 2, 3);
    await clock.settle();
    await answer(409, { error: 'hole', reason: 'Frames are missing; the next one is number 2.', received: 1 });
    expect([firstOf(answers.last), numbersOf(answers.last)]).toEqual([2, [2, 3]]);
  });
});

describe('signs of life by POST', () => {
  it('R2 have nothing in them when nothing waits', async () => {
    const { answers, clock, posts, answer } = begin();
    posts.giveSignOfLife();
    expect([answers.all.length, answers.last.body]).toEqual([1, undefined]);
    await answer(200, { received: 0 });
    expect([answers.all.length, clock.waiting]).toEqual([1, 0]);
  });

  it('R2 take along what waits for a pause to end', async () => {
    const { answers, clock, posts, send } = begin();
    send(1);
    await clock.settle();
    answers.last.fails();
    await clock.settle();
    posts.giveSignOfLife();
    await clock.settle();
    expect([answers.all.length, numbersOf(answers.last)]).toEqual([2, [1]]);
    await clock.advance(200);
    expect(answers.all).toHaveLength(2);
  });

  it('R2 go beside a POST that is under way, without frames', async () => {
    const { answers, clock, posts, send } = begin();
    send(1);
    await clock.settle();
    posts.giveSignOfLife();
    expect([answers.all.length, answers.last.body]).toEqual([2, undefined]);
    answers.last.says(200, { received: 0 });
    await clock.settle();
    expect(posts.waitingBytes).toBe(1);
    answers.all[0]?.says(200, { received: 1 });
    await clock.settle();
    expect([posts.waitingBytes, answers.all.length, clock.waiting]).toEqual([0, 2, 0]);
  });
});

describe('the end of frames by POST', () => {
  const final = Object.entries(REJECTIONS).filter(([name, { comeBack }]) => !comeBack && name !== 'not-found');

  it.each(final)('R3 is what the relay refuses: %s', async (error, { httpStatus, closeCode, reason }) => {
    const { answers, clock, ends, send, answer } = begin();
    send(1, 2);
    await clock.settle();
    await answer(httpStatus, { error, reason });
    expect(ends).toEqual([[closeCode, reason]]);
    send(3);
    await clock.advance(60_000);
    expect([answers.all.length, clock.waiting]).toEqual([1, 0]);
  });

  it('R3 is a connection that the relay does not know', async () => {
    const { clock, ends, send, answer } = begin();
    send(1);
    await clock.settle();
    await answer(404, { error: 'not-found', reason: 'There is no such connection; open the stream anew.' });
    expect(ends).toEqual([[1006, 'The relay ended this connection.']]);
  });

  it('R3 is what a proxy finds too large: it would for ever', async () => {
    const { clock, ends, send, answer } = begin();
    send(1);
    await clock.settle();
    await answer(413, '<html>', 'text/html');
    expect(ends).toEqual([[4413, '']]);
  });

  it.each([
    [200, { received: 3 }],
    [200, { received: 1.5 }],
    [409, { error: 'hole', received: 0 }],
  ])('R3 is what cannot be: %i %j', async (status, body) => {
    const { clock, ends, send, answer } = begin();
    send(1);
    await clock.settle();
    await answer(200, { received: 1 });
    send(2);
    await clock.settle();
    await answer(status, body);
    expect(ends).toEqual([[1006, 'The relay lost track of this connection.']]);
    expect(clock.waiting).toBe(0);
  });

  it('R3 also by a sign of life of its own', async () => {
    const { answers, clock, ends, posts, send } = begin();
    send(1);
    await clock.settle();
    posts.giveSignOfLife();
    answers.last.says(404, { error: 'not-found', reason: 'There is no such connection; open the stream anew.' });
    await clock.settle();
    expect([ends.length, answers.all[0]?.isAborted, clock.waiting]).toEqual([1, true, 0]);
  });

  it('R3 by `stop` is told nobody, and nothing stays', async () => {
    const { answers, clock, ends, posts, send } = begin();
    send(1);
    await clock.settle();
    posts.stop();
    expect(answers.last.isAborted).toBe(true);
    await clock.settle();
    send(2);
    posts.giveSignOfLife();
    await clock.settle();
    expect([answers.all.length, ends, clock.waiting]).toEqual([1, [], 0]);
  });

  it('R3 by `stop` in a pause or before the first POST leaves no timer and sends nothing', async () => {
    const { answers, clock, posts, send } = begin();
    send(1);
    await clock.settle();
    answers.last.fails();
    await clock.settle();
    posts.stop();
    expect(clock.waiting).toBe(0);
    const early = begin();
    early.send(1);
    early.posts.stop();
    await early.clock.settle();
    expect(early.answers.all).toEqual([]);
  });

  it('R4 comes at once when nothing waits', () => {
    const { posts, answers } = begin();
    let isDone = false;
    posts.finish(() => {
      isDone = true;
    });
    expect([isDone, answers.all]).toEqual([true, []]);
  });

  it('R4 comes when what waits was handed over', async () => {
    const { answers, clock, posts, send, answer } = begin();
    let isDone = false;
    send(1);
    await clock.settle();
    send(2);
    posts.finish(() => {
      isDone = true;
    });
    await answer(200, { received: 1 });
    expect([isDone, numbersOf(answers.last)]).toEqual([false, [2]]);
    await answer(200, { received: 2 });
    expect([isDone, clock.waiting]).toEqual([true, 0]);
  });

  it.each([
    ['nobody answers for two seconds', undefined],
    ['the relay refuses', [401, { error: 'unauthorized', reason: REJECTIONS.unauthorized.reason }]],
  ] as const)('R4 comes when %s', async (_why, answered) => {
    const { answers, clock, ends, posts, send, answer } = begin();
    let done = 0;
    send(1);
    posts.finish(() => {
      done++;
    });
    await clock.settle();
    if (answered === undefined) await clock.advance(2_000);
    else await answer(answered[0], answered[1]);
    expect([done, answers.last.isAborted, clock.waiting, ends]).toEqual([1, answered === undefined, 0, []]);
  });

  it('R5 is a queue that only grows', async () => {
    const { clock, ends, posts, send } = begin();
    const piece = new Uint8Array(MOST_WAITING_BYTES / 4);
    for (let count = 0; count < 5; count++) posts.send(piece);
    await clock.settle();
    expect(ends).toEqual([]);
    send(1);
    expect(ends).toEqual([[1006, 'Too much is waiting to be sent; connecting anew.']]);
  });
});

describe('frames by POST, where another may have the address by now', () => {
  const unsure: [string, (all: ReturnType<typeof begin>) => Promise<void>][] = [
    ['nothing was heard for more than five seconds', async ({ clock }) => await clock.advance(5_001)],
    ['the network is another', async ({ sight }) => sight.doubt()],
    [
      'a POST was not answered by the relay',
      async ({ send, answer, clock }) => {
        send(0);
        await clock.settle();
        await answer(200, '<html>', 'text/html');
        await clock.advance(200);
      },
    ],
  ];

  it.each(unsure)('R6 send neither text nor secret before the relay is seen, once %s', async (_why, makeUnsure) => {
    const all = begin(true);
    const { answers, clock, send, health, ends, answer } = all;
    await makeUnsure(all);
    const before = answers.all.length;
    send(1);
    await clock.settle();
    expect([answers.all.length - before, health.all.map(({ url, method }) => `${method} ${url}`)]).toEqual([
      0,
      ['GET http://relay.test/health'],
    ]);
    expect([[...health.last.headers], health.last.init.credentials]).toEqual([[], 'omit']);
    health.last.says(200, healthOf('r1'));
    await clock.settle();
    expect([answers.all.length - before, numbersOf(answers.last).at(-1)]).toEqual([1, 1]);
    await answer(200, { received: numbersOf(answers.last).length });
    send(2);
    await clock.settle();
    expect([answers.all.length - before, health.all.length, ends]).toEqual([2, 1, []]);
  });

  it('R6 end when another relay answers', async () => {
    const { answers, clock, send, sight, health, ends } = begin(true);
    sight.doubt();
    send(1);
    await clock.settle();
    health.last.says(200, healthOf('r2'));
    await clock.settle();
    expect([ends, answers.all, clock.waiting]).toEqual([
      [[1006, 'Another relay answers at this address; check it with whoever sent you the link.']],
      [],
      0,
    ]);
  });

  it.each([
    ['nobody answers', (asked: AskedRequest) => asked.fails()],
    ['a stranger does', (asked: AskedRequest) => asked.says(200, '<html>', 'text/html')],
  ])('R6 look again later when %s, and give no sign of life meanwhile', async (_who, answerIt) => {
    const { answers, clock, posts, send, sight, health, ends } = begin(true);
    sight.doubt();
    send(1);
    await clock.settle();
    posts.giveSignOfLife();
    answerIt(health.last);
    await clock.advance(200);
    expect([health.all.length, answers.all, ends]).toEqual([2, [], []]);
    // Nor for ever.
    await clock.advance(10_000);
    expect(health.all[1]?.isAborted).toBe(true);
    posts.stop();
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });

  it('R6 look again when a doubt comes up while they look', async () => {
    const { answers, clock, send, sight, health } = begin(true);
    sight.doubt();
    send(1);
    await clock.settle();
    sight.doubt();
    health.last.says(200, healthOf('r1'));
    await clock.settle();
    expect([answers.all.length, health.all.length]).toEqual([0, 2]);
    health.last.says(200, healthOf('r1'));
    await clock.settle();
    expect([answers.all.length, health.all.length]).toEqual([1, 2]);
  });

  it('R6 give signs of life beside a long POST all the same, once the relay was seen', async () => {
    const { answers, clock, posts, send, sight, health, ends } = begin(true);
    send(1);
    await clock.settle();
    sight.doubt();
    posts.giveSignOfLife();
    await clock.settle();
    expect([answers.all.length, health.all.length]).toEqual([1, 1]);
    health.last.fails();
    await clock.settle();
    expect([answers.all.length, ends]).toEqual([1, []]);
    posts.giveSignOfLife();
    await clock.settle();
    health.last.says(200, healthOf('r1'));
    await clock.settle();
    expect([answers.all.length, answers.last.body, answers.all[0]?.isAborted]).toEqual([2, undefined, false]);
  });

  it('R6 end beside a long POST when another relay answers, and send nothing once stopped', async () => {
    const { answers, clock, posts, send, sight, health, ends } = begin(true);
    send(1);
    await clock.settle();
    sight.doubt();
    posts.giveSignOfLife();
    health.last.says(200, healthOf('r2'));
    await clock.settle();
    expect([ends, answers.all.map(({ isAborted }) => isAborted)]).toEqual([
      [[1006, 'Another relay answers at this address; check it with whoever sent you the link.']],
      [true],
    ]);
    const stopped = begin(true);
    stopped.send(1);
    await stopped.clock.settle();
    stopped.sight.doubt();
    stopped.posts.giveSignOfLife();
    stopped.health.last.says(200, healthOf('r1'));
    stopped.posts.stop();
    await stopped.clock.settle();
    expect([stopped.answers.all.length, stopped.ends, stopped.clock.waiting]).toEqual([1, [], 0]);
  });
});
