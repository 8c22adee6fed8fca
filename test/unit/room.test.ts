import { beforeEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import { InMemoryClient } from '../support/in-memory-client';
import { presenceIn, progressIn } from '../support/in-memory-peer';
import { DOCUMENT, RoomsForTest, Typist, type Visitor } from '../support/room-for-test';
import { UnsteadyStore } from '../support/unsteady-store';

let world: RoomsForTest;
let typist: Typist;

beforeEach(() => {
  world = new RoomsForTest();
  typist = new Typist(11);
});

const EMPTY = Uint8Array.of(0, 0);

function refusal(action: () => void): RejectionName | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof Rejected) return error.rejection;
    throw error;
  }
  return undefined;
}

async function textFor(visitor: Visitor): Promise<string> {
  visitor.peer.takeFrames();
  visitor.request();
  const reply = visitor.peer.takeFrames().find((frame) => frame.type === 'sync-reply');
  const doc = new Y.Doc();
  if (reply?.type === 'sync-reply') Y.applyUpdate(doc, reply.update);
  return doc.getText('content').toString();
}

async function progress(visitor: Visitor) {
  await world.clock.settle();
  return progressIn(visitor.peer.takeFrames());
}

describe('joining (room R2, member R1 and R6)', () => {
  test('an editor is asked what they have, a viewer is not, and nothing is stored', async () => {
    const [editor, viewer] = [await world.join(), await world.join({ role: 'viewer' })];
    expect(editor.peer.takeTypes()).toEqual(['sync-request']);
    expect(viewer.peer.takeTypes()).toEqual([]);
    editor.request();
    editor.reply(EMPTY);
    await world.clock.settle();
    expect(editor.peer.takeTypes()).toEqual(['sync-reply', 'progress']);
    expect(world.store.appends).toBe(0);
  });

  test('whoever says who they are is told who else is there, and never about themselves', async () => {
    const [ghost, bob] = [await world.join(), await world.join()];
    ghost.present(1, 'Ada');
    bob.present(2, 'Bob');
    await world.clock.settle();
    const back = await world.join();
    expect(presenceIn(back.peer.takeFrames())).toEqual([]);
    back.present(1, 'Ada');
    await world.clock.advance(100);
    expect(new Set(presenceIn(back.peer.takeFrames()).map(({ id }) => id))).toEqual(new Set([2]));
    expect(ghost.peer.probes).toEqual([5_000]);
  });

  test('who says nothing is told after two seconds', async () => {
    const [ada, quiet] = [await world.join(), await world.join()];
    ada.present(1, 'Ada');
    await world.clock.advance(1_999);
    expect(presenceIn(quiet.peer.takeFrames())).toEqual([]);
    await world.clock.advance(1);
    expect(presenceIn(quiet.peer.takeFrames()).map(({ id }) => id)).toEqual([1]);
  });

  test('twelve requests a minute for the whole document; current ones are free', async () => {
    const visitor = await world.join();
    visitor.update(typist.type('text'));
    for (let time = 0; time < 100; time++) visitor.request(Y.encodeStateVector(typist.doc));
    for (let time = 0; time < 12; time++) visitor.request();
    expect(visitor.peer.takeTypes().filter((type) => type === 'sync-reply')).toHaveLength(112);
    await world.clock.advance(60_000);
    for (let time = 0; time < 12; time++) visitor.request();
    expect(refusal(() => visitor.request())).toBe('too-fast');
  });

  test('the beat: whoever heard nothing hears something before 15 s are over (room R3)', async () => {
    const [editor, viewer] = [await world.join(), await world.join({ role: 'viewer' })];
    for (let round = 0; round < 10; round++) {
      editor.peer.takeFrames();
      viewer.peer.takeFrames();
      await world.clock.advance(15_000);
      expect(editor.peer.writes[0]?.subarray(4)).toEqual(Uint8Array.of(1, 1, 0));
      expect(viewer.peer.takeTypes().length).toBeGreaterThan(0);
    }
  });

  test('the beat leaves out who heard something a moment ago (room R3)', async () => {
    const [writer, reader] = [await world.join(), await world.join()];
    for (let second = 0; second < 40; second++) {
      writer.update(typist.type('k'));
      await world.clock.advance(1_000);
    }
    expect(new Set(reader.peer.takeTypes().slice(1))).toEqual(new Set(['update']));
  });

  test('the beat renews everyone at least every 15 s: y-protocols forgets people after 30 s (room R3)', async () => {
    const [ada, bob] = [await world.join(), await world.join()];
    ada.present(1, 'Ada');
    bob.present(2, 'Bob');
    await world.clock.advance(1_000);
    let clock = 0;
    for (let round = 0; round < 5; round++) {
      bob.peer.takeFrames();
      await world.clock.advance(15_000);
      const renewed = presenceIn(bob.peer.takeFrames()).filter(({ id }) => id === 1);
      expect(renewed.length).toBeGreaterThan(0);
      expect(renewed.at(-1)?.clock).toBeGreaterThan(clock);
      clock = renewed.at(-1)?.clock ?? 0;
    }
  });

  test('who moves is not told again who else is there (member R6)', async () => {
    const [ada, bob] = [await world.join(), await world.join()];
    ada.present(1, 'Ada');
    bob.present(2, 'Bob');
    await world.clock.advance(1_000);
    bob.peer.takeFrames();
    bob.present(2, 'Bob moves');
    await world.clock.advance(1_000);
    expect(bob.peer.takeFrames()).toEqual([]);
  });

  test('who left hears nothing more, in whatever order people come and go', async () => {
    const visitors = [await world.join(), await world.join(), await world.join(), await world.join()];
    for (const index of [0, 3, 1]) visitors[index]?.member.leave();
    for (const { peer } of visitors) peer.takeFrames();
    const writer = await world.join();
    writer.update(typist.type('a'));
    await world.clock.settle();
    expect(visitors.map(({ peer }) => peer.takeTypes())).toEqual([[], [], ['update'], []]);
    expect(world.rooms.stats().peers).toBe(2);
  });

  test('a query is answered with everyone, even when nobody is there', async () => {
    const visitor = await world.join();
    visitor.peer.takeFrames();
    visitor.send({ type: 'query-awareness' });
    expect(visitor.peer.writes[0]?.subarray(4)).toEqual(Uint8Array.of(1, 1, 0));
  });
});

describe('writing', () => {
  test('an accepted update goes to everyone else, to the store, and is told received and saved (room R1)', async () => {
    const [writer, reader] = [await world.join(), await world.join({ wantsProgress: false })];
    writer.peer.takeFrames();
    reader.peer.takeFrames();
    writer.update(typist.type('a'));
    await world.clock.settle();
    expect(reader.peer.takeTypes()).toEqual(['update']);
    expect(progressIn(writer.peer.takeFrames())).toEqual({ received: 1, saved: 1 });
    expect((await world.store.load(DOCUMENT))?.tail).toEqual([typist.keys[0]]);
  });

  test('what is kept is a copy: the message may change afterwards (room R1)', async () => {
    const writer = await world.join();
    const message = encodeFrame({ type: 'update', update: typist.type('abc') });
    writer.member.receive(message);
    message.fill(0);
    await world.clock.settle();
    expect(await textFor(await world.join())).toBe('abc');
    expect((await world.store.load(DOCUMENT))?.tail).toEqual([typist.keys[0]]);
  });

  test('the same again is acknowledged, not stored and not passed on', async () => {
    const [writer, reader] = [await world.join(), await world.join()];
    const update = typist.type('a');
    writer.update(update);
    await world.clock.settle();
    reader.peer.takeFrames();
    for (let time = 0; time < 1_000; time++) writer.update(update);
    expect(await progress(writer)).toEqual({ received: 1_001, saved: 1_001 });
    expect(reader.peer.takeTypes()).toEqual([]);
    expect(world.store.appends).toBe(1);
  });

  test('a stock viewer that writes is forbidden; ours is told nothing and nothing counts (member R2)', async () => {
    const stock = await world.join({ role: 'viewer', wantsProgress: false });
    const ours = await world.join({ role: 'viewer' });
    const update = typist.type('a');
    expect(refusal(() => stock.update(update))).toBe('forbidden');
    expect(refusal(() => ours.update(update))).toBeUndefined();
    expect(await progress(ours)).toBeUndefined();
    ours.peer.role = 'editor';
    ours.reply(typist.all());
    expect(await progress(ours)).toBeUndefined();
    expect(await textFor(ours)).toBe('a');
  });

  test.each([
    [Uint8Array.of()],
    [Uint8Array.of(0xff, 0xff)],
    [Uint8Array.of(100, 0, 0)],
    [Uint8Array.of(0, 2, 2, 1, 1)],
    [Uint8Array.of(1, 2, 1, 5)],
  ])('bytes that are no frame for the relay are malformed, and nothing more is taken (member R5): %o', async (bytes) => {
    const visitor = await world.join();
    expect(refusal(() => visitor.member.receive(bytes))).toBe('malformed');
    visitor.update(typist.type('a'));
    await world.clock.settle();
    expect(world.store.appends).toBe(0);
    expect(visitor.peer.takeTypes()).toEqual(['sync-request']);
  });
});

describe('a crowded room lets what arrives wait for its next flush (inbox.ts)', () => {
  let people: Visitor[];
  let other: Typist;

  /** More than twenty, also without one of them, and a flush just now: the next one is 16 ms away. */
  beforeEach(async () => {
    people = [];
    while (people.length < 22) people.push(await world.join());
    other = new Typist(22);
    person(0).update(typist.type('a'));
    await world.clock.settle();
    other.hear(typist.keys[0] as Uint8Array);
    for (const { peer } of people) peer.takeFrames();
  });

  const person = (index: number): Visitor => people[index] as Visitor;

  test('edits and presence of all are in that flush, in their order (R1)', async () => {
    const message = encodeFrame({ type: 'update', update: typist.type('b') });
    person(0).member.receive(message);
    // A message is a view: what waits is a copy (R2).
    message.fill(0);
    person(1).present(5, 'Eve');
    person(1).update(other.type('c'));
    person(0).update(typist.type('d'));
    await world.clock.advance(15);
    expect(person(2).peer.writes).toHaveLength(0);
    expect(world.store.appends).toBe(1);
    await world.clock.advance(1);
    expect(person(2).peer.writes).toHaveLength(1);
    const frames = person(2).peer.takeFrames();
    const updates = frames.flatMap((frame) => (frame.type === 'update' ? [new Uint8Array(frame.update)] : []));
    expect(updates).toEqual([typist.keys[1], other.keys[0], typist.keys[2]]);
    await world.clock.advance(2_000);
    expect(presenceIn(person(2).peer.takeFrames()).map(({ id }) => id)).toEqual([5]);
    expect(progressIn(person(0).peer.takeFrames())).toEqual({ received: 3, saved: 3 });
  });

  test('what does not wait takes effect after what does (R1)', async () => {
    person(0).update(typist.type('b'));
    expect(await textFor(person(1))).toBe('ab');
    person(0).update(typist.type('c'));
    person(0).update(typist.type('d'.repeat(2_000)));
    expect(person(2).peer.writes).toHaveLength(0);
    await world.clock.advance(16);
    expect(person(2).peer.takeTypes()).toEqual(['update', 'update', 'update']);
  });

  test('what waits is not lost when its sender leaves, nor when the relay goes', async () => {
    person(0).update(typist.type('b'));
    person(0).member.leave();
    person(1).update(other.type('c'));
    const drained = world.rooms.drain(1_000);
    await world.clock.settle();
    await drained;
    expect(world.log.lines.map(({ message }) => message)).not.toContain('stopping with unsaved edits');
    expect((await world.store.load(DOCUMENT))?.tail).toEqual([...typist.keys, ...other.keys]);
  });

  test('a refusal closes the peer whose frame it was, which sends nothing more, and costs the others nothing (R3)', async () => {
    person(0).update(Uint8Array.of(1, 0));
    person(1).update(other.type('c'));
    person(0).update(typist.type('b'));
    await world.clock.advance(16);
    expect(person(0).peer.closed?.rejection).toBe('malformed');
    expect(person(1).peer.closed).toBeUndefined();
    expect(await textFor(person(2))).toBe('ac');
  });

  test('many at once do not wait (R2)', async () => {
    for (let key = 0; key < 64; key++) person(0).update(typist.type('b'));
    expect(person(2).peer.writes).toHaveLength(0);
    person(0).update(typist.type('b'));
    world.clock.endTurn();
    expect(person(2).peer.takeTypes()).toHaveLength(65);
  });
});

describe('gaps (member R3)', () => {
  test('someone who types while joining with offline edits is asked once, refused nothing, and all is saved', async () => {
    const client = new InMemoryClient('Ada', 21, { clock: world.clock, wantsProgress: true });
    client.edit((content) => content.insert(0, 'written offline'));
    client.connect(world.rooms, DOCUMENT);
    for (let key = 0; key < 9; key++) client.edit((content) => content.insert(0, 'k'));
    await world.clock.settle();
    // All that was typed arrives before the relay's request has reached the client.
    while (client.waitingUp > 0) client.deliverUp();
    await world.clock.advance(100);
    for (let round = 0; round < 5; round++) {
      while (client.waitingDown > 0) client.deliverDown();
      while (client.waitingUp > 0) client.deliverUp();
      await world.clock.advance(100);
    }
    expect(client.syncRequests).toBe(1);
    expect(client.refusals).toEqual([]);
    expect(client.progress).toEqual({ received: 10, saved: 10 });
    client.destroy();
  });

  test('a gap is not stored, and asked for once', async () => {
    const visitor = await world.join();
    visitor.reply(EMPTY);
    await world.clock.settle();
    visitor.peer.takeFrames();
    typist.type('lost');
    visitor.update(typist.type('b'));
    visitor.update(typist.type('c'));
    await world.clock.settle();
    expect(visitor.peer.takeTypes()).toEqual(['sync-request']);
    expect(world.store.appends).toBe(0);
    visitor.reply(typist.all());
    expect(await progress(visitor)).toEqual({ received: 4, saved: 4 });
    expect(await textFor(visitor)).toBe('lostbc');
  });

  test('three answers with gaps, a second or more apart, are a lasting gap', async () => {
    const visitor = await world.join();
    typist.type('lost');
    const gap = typist.type('b');
    const requests = () => visitor.peer.takeTypes().filter((type) => type === 'sync-request').length;
    expect(requests()).toBe(1);
    visitor.reply(gap);
    visitor.reply(gap);
    visitor.update(gap);
    expect(requests()).toBe(0);
    await world.clock.advance(1_000);
    expect(requests()).toBe(1);
    await world.clock.advance(5_000);
    visitor.reply(gap);
    expect(requests()).toBe(1);
    expect(refusal(() => visitor.reply(gap))).toBe('lasting-gap');
  });

  test('an answer without a gap in between forgives', async () => {
    const visitor = await world.join();
    typist.type('lost');
    const gap = typist.type('b');
    for (let time = 0; time < 10; time++) {
      visitor.reply(gap);
      await world.clock.advance(2_000);
      visitor.reply(EMPTY);
      visitor.update(gap);
    }
    expect(visitor.peer.closed).toBeUndefined();
  });

  test('a client that comes back finds its half-open ghost: asked, not refused, and goes on', async () => {
    const ghost = await world.join();
    ghost.reply(EMPTY);
    ghost.update(typist.type('a'));
    const back = await world.join();
    back.reply(EMPTY);
    back.peer.takeFrames();
    back.update(typist.type('b'));
    expect(back.peer.takeTypes()).toEqual(['sync-request']);
    expect(ghost.peer.probes).toEqual([5_000]);
    expect(await progress(back)).toEqual({ received: 1, saved: 1 });
    back.reply(typist.all());
    expect(await progress(back)).toEqual({ received: 3, saved: 3 });
    back.update(typist.type('c'));
    expect(await textFor(back)).toBe('abc');
    // The id is with the new connection now; when the ghost goes, it stays there.
    ghost.member.leave();
    const third = await world.join();
    const next = typist.type('d');
    third.update(next);
    expect(await textFor(third)).toBe('abc');
    expect(back.peer.probes).toEqual([5_000]);
    back.update(next);
    expect(await textFor(back)).toBe('abcd');
  });

  test('an id is free when its holder has left', async () => {
    const before = await world.join();
    before.update(typist.type('a'));
    before.member.leave();
    const after = await world.join();
    after.update(typist.type('b'));
    expect(await progress(after)).toEqual({ received: 1, saved: 1 });
  });
});

describe('saved means on disk', () => {
  let store: UnsteadyStore;

  beforeEach(() => {
    store = new UnsteadyStore();
    world = new RoomsForTest({ store });
    store.steady = false;
  });

  test('a commit that hangs saves nothing, also not for who sends the same over another connection', async () => {
    const first = await world.join();
    first.update(typist.type('a'));
    // Told a little later than if it were saved.
    expect(await progress(first)).toBeUndefined();
    await world.clock.advance(200);
    expect(await progress(first)).toEqual({ received: 1, saved: 0 });
    first.member.leave();
    const again = await world.join();
    again.reply(typist.all());
    again.update(typist.keys[0] as Uint8Array);
    await world.clock.advance(200);
    expect(await progress(again)).toEqual({ received: 2, saved: 0 });
    await world.clock.advance(60_000);
    expect(progressIn(again.peer.takeFrames())).toBeUndefined();
    store.finish('works');
    expect(await progress(again)).toEqual({ received: 2, saved: 2 });
  });

  test('a commit that fails saves nothing, is said, and is tried again in order', async () => {
    const [ours, stock] = [await world.join(), await world.join({ wantsProgress: false })];
    ours.update(typist.type('a'));
    await world.clock.settle();
    store.finish('fails');
    await world.clock.settle();
    const frames = ours.peer.takeFrames();
    expect(frames).toContainEqual({ type: 'notice', notice: { type: 'storage', failing: true } });
    expect(progressIn(frames)).toEqual({ received: 1, saved: 0 });
    expect(stock.peer.takeTypes()).not.toContain('notice');
    expect(world.rooms.stats()).toMatchObject({ unsaved: 1, storageFailing: true });
    ours.update(typist.type('b'));
    const late = await world.join();
    expect(late.peer.takeFrames()).toContainEqual({ type: 'notice', notice: { type: 'storage', failing: true } });
    await world.clock.advance(100);
    store.finish('works');
    await world.clock.settle();
    const after = ours.peer.takeFrames();
    expect(after).toContainEqual({ type: 'notice', notice: { type: 'storage', failing: false } });
    expect(progressIn(after)).toEqual({ received: 2, saved: 2 });
    expect((await store.load(DOCUMENT))?.tail).toEqual(typist.keys);
  });

  test('a store that is not durable never saves', async () => {
    world = new RoomsForTest({ store: new UnsteadyStore(undefined, { durable: false }) });
    const visitor = await world.join();
    visitor.reply(EMPTY);
    visitor.update(typist.type('a'));
    await world.clock.advance(10_000);
    expect(progressIn(visitor.peer.takeFrames())).toEqual({ received: 2, saved: 0 });
  });
});

describe('a slow reader (member R7)', () => {
  test('gets nothing while it lags, then one update with all of it and the newest presence', async () => {
    const [writer, slow, leaver] = [await world.join(), await world.join(), await world.join()];
    leaver.present(3, 'Lea');
    slow.present(2, 'Slo');
    writer.present(1, 'Wri');
    slow.peer.queuedBytes = 2 * 1024 * 1024;
    writer.update(typist.type('a'));
    await world.clock.advance(100);
    slow.peer.takeFrames();
    for (const key of 'bcdefgh') {
      writer.update(typist.type(key));
      await world.clock.settle();
    }
    leaver.member.leave();
    writer.present(1, 'Writer moved');
    await world.clock.advance(30_000);
    slow.member.drained();
    expect(slow.peer.writes).toEqual([]);
    slow.peer.queuedBytes = 0;
    slow.member.drained();
    const frames = slow.peer.takeFrames();
    expect(frames.map(({ type }) => type)).toEqual(['update', 'awareness']);
    expect(presenceIn(frames).map(({ id, state }) => [id, JSON.parse(state)?.user?.name])).toEqual([
      [1, 'Writer moved'],
      [3, undefined],
    ]);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, typist.keys[0] as Uint8Array);
    for (const frame of frames) if (frame.type === 'update') Y.applyUpdate(doc, frame.update);
    expect(doc.getText('content').toString()).toBe('abcdefgh');
    writer.update(typist.type('i'));
    await world.clock.settle();
    expect(slow.peer.takeTypes()).toEqual(['update']);
  });
});

test('a slow reader that has not said who it is yet is not told who is there when it has caught up (member R6)', async () => {
  const ghost = await world.join();
  ghost.present(1, 'Ada');
  await world.clock.settle();
  const back = await world.join();
  back.request();
  back.peer.takeFrames();
  back.peer.queuedBytes = 2 * 1024 * 1024;
  ghost.update(typist.type('a'));
  await world.clock.settle();
  ghost.update(typist.type('b'));
  await world.clock.settle();
  back.peer.takeFrames();
  back.peer.queuedBytes = 0;
  back.member.drained();
  expect(back.peer.takeTypes()).toEqual(['update']);
  back.present(1, 'Ada');
  await world.clock.advance(100);
  expect(new Set(presenceIn(back.peer.takeFrames()).map(({ id }) => id))).toEqual(new Set());
  const [bob, lea] = [await world.join(), await world.join()];
  bob.present(2, 'Bob');
  lea.present(3, 'Lea');
  await world.clock.advance(100);
  expect(new Set(presenceIn(back.peer.takeFrames()).map(({ id }) => id))).toEqual(new Set([2, 3]));
});

test('a slow reader that asks who is there is told when it has caught up (member R7)', async () => {
  const [writer, slow] = [await world.join(), await world.join()];
  slow.peer.queuedBytes = 2 * 1024 * 1024;
  writer.update(typist.type('a'));
  await world.clock.settle();
  slow.peer.takeFrames();
  slow.send({ type: 'query-awareness' });
  expect(slow.peer.takeTypes()).toEqual([]);
  slow.peer.queuedBytes = 0;
  slow.member.drained();
  expect(slow.peer.takeTypes()).toContain('awareness');
});

describe('size (room R4)', () => {
  const LIMIT = 2_000;

  beforeEach(() => {
    world = new RoomsForTest({ limits: { documentBytes: LIMIT } });
  });

  test('an insert over the limit compacts first, later frames keep their order, others are not held up', async () => {
    const [writer, other] = [await world.join(), await world.join()];
    let release: (() => void) | undefined;
    world.compact = async (input) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      const { compactDocument } = await import('../../server/rooms/history/compaction');
      return compactDocument(input);
    };
    while (release === undefined) {
      writer.update(typist.type('key by key '));
      await world.clock.settle();
    }
    const held = typist.content.toString();
    writer.update(typist.type('behind it'));
    const another = new Typist(12);
    other.update(another.type('!'));
    await world.clock.settle();
    expect((await textFor(other)).replace('!', '')).toBe(held.slice(0, -'key by key '.length));
    release();
    await world.clock.settle();
    expect((await textFor(other)).replace('!', '')).toBe(typist.content.toString());
    expect(writer.peer.closed).toBeUndefined();
    expect(await progress(writer)).toEqual({ received: typist.keys.length, saved: typist.keys.length });
  });

  test('what waited for room is not taken any more when its connection was refused meanwhile (member R5)', async () => {
    const [writer, other] = [await world.join(), await world.join()];
    writer.update(typist.type('x'.repeat(1_200)));
    writer.update(typist.delete(0, 1_100));
    let release = (): void => undefined;
    const compact = world.compact;
    world.compact = async (input) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return compact(input);
    };
    writer.update(typist.type('y'.repeat(900)));
    await world.clock.settle();
    expect(refusal(() => writer.member.receive(Uint8Array.of(99)))).toBe('malformed');
    release();
    await world.clock.settle();
    expect(await textFor(other)).toBe('x'.repeat(100));
  });

  test('what is too large after compaction too is refused, and deleting goes on', async () => {
    const [writer, other] = [await world.join(), await world.join()];
    writer.update(typist.type('x'.repeat(1_900)));
    other.request();
    const before = typist.all();
    writer.update(typist.type('y'.repeat(200)));
    await world.clock.settle();
    expect(writer.peer.closed?.rejection).toBe('too-large');
    expect(await textFor(other)).toBe('x'.repeat(1_900));
    const another = new Typist(12);
    another.hear(before);
    other.update(another.delete(0, 1_500));
    await world.clock.settle();
    expect(await textFor(other)).toBe('x'.repeat(400));
    other.update(another.type('z'.repeat(500)));
    await world.clock.settle();
    expect(other.peer.closed).toBeUndefined();
    expect(await textFor(other)).toBe('x'.repeat(400) + 'z'.repeat(500));
  });

  /** The document is full but for what a compaction can take away, and the writer's next words do not fit before one. */
  async function nearlyFull(): Promise<Visitor> {
    const writer = await world.join();
    writer.update(typist.type('x'.repeat(1_200)));
    writer.update(typist.delete(0, 1_100));
    await world.clock.settle();
    return writer;
  }

  /** What the writer was told when its words did not fit; they are its document's alone. */
  async function toldAfter(writer: Visitor, letters = 900): Promise<string | undefined> {
    writer.update(typist.type('y'.repeat(letters)));
    await world.clock.settle();
    return writer.peer.closed?.rejection;
  }

  /** With everything that it has, as clients do that come back. */
  async function comesBack(): Promise<void> {
    const back = await world.join();
    back.reply(typist.all());
    await world.clock.advance(1_000);
    expect(back.peer.closed).toBeUndefined();
    expect(await progress(back)).toEqual({ received: 1, saved: 1 });
    expect(await textFor(back)).toBe(typist.content.toString());
  }

  test('a compaction that crashed, or took too long, refuses an insert for now, and nothing is lost', async () => {
    const { compact } = world;
    world.compact = () => Promise.reject(new Error('the compaction thread ended'));
    const writer = await nearlyFull();
    expect(await toldAfter(writer)).toBe('no-room');
    writer.member.leave();
    world.compact = compact;
    await comesBack();
  });

  test('a store that could not take the snapshot refuses an insert for now, and nothing is lost', async () => {
    const store = new UnsteadyStore();
    world = new RoomsForTest({ limits: { documentBytes: LIMIT }, store });
    const replaceUpTo = store.replaceUpTo.bind(store);
    store.replaceUpTo = () => Promise.reject(new Error('no space left'));
    const writer = await nearlyFull();
    expect(await toldAfter(writer)).toBe('no-room');
    writer.member.leave();
    store.replaceUpTo = replaceUpTo;
    await comesBack();
  });

  test('a compacted document that differs refuses an insert for good, also the next one', async () => {
    world.compact = () => ({ ok: false, reason: 'the compacted document has another content' });
    expect(await toldAfter(await nearlyFull())).toBe('too-large');
    const back = await world.join();
    back.reply(typist.all());
    await world.clock.settle();
    expect(back.peer.closed?.rejection).toBe('too-large');
    expect(world.compactions).toHaveLength(1);
  });

  test('others who take the room that was made refuse an insert for now, if there may be room another time', async () => {
    const writer = await nearlyFull();
    const [other, another] = [await world.join(), new Typist(12)];
    const { compact } = world;
    world.compact = (input) => {
      for (let word = 0; word < 20; word++) other.update(another.type('z'.repeat(15)));
      another.doc.transact(() => another.delete(0, 300));
      other.update(another.keys.at(-1) as Uint8Array);
      return compact(input);
    };
    expect(await toldAfter(writer, 1_500)).toBe('no-room');
    writer.member.leave();
    world.compact = compact;
    await comesBack();
  });

  test('an insert that is too large for any room is refused for good, though others write', async () => {
    const writer = await nearlyFull();
    const [other, another] = [await world.join(), new Typist(12)];
    const { compact } = world;
    world.compact = (input) => {
      other.update(another.type('z'));
      return compact(input);
    };
    expect(await toldAfter(writer, 1_950)).toBe('too-large');
  });
});
