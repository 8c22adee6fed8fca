import { beforeEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import type { Room } from '../../server/rooms/room';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import { InMemoryPeer, presenceIn } from '../support/in-memory-peer';
import { DOCUMENT, RoomsForTest, Typist, Visitor } from '../support/room-for-test';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const LAGGING = MEBIBYTE;
/** Of a document that is written at once. */
const LETTERS = 4 * MEBIBYTE;
const NOTHING = Uint8Array.of(0);
const EMPTY = Uint8Array.of(0, 0);

let world: RoomsForTest;
let typist: Typist;

beforeEach(() => {
  world = new RoomsForTest();
  typist = new Typist(11);
});

/** Somebody on a line that takes nothing until a test says so. */
async function deafVisitor(options: ConstructorParameters<typeof InMemoryPeer>[0] = {}): Promise<Visitor> {
  const visitor = await world.join(options);
  await world.clock.settle();
  visitor.peer.takeFrames();
  visitor.peer.onWrite = (framed) => {
    visitor.peer.queuedBytes += framed.length;
  };
  return visitor;
}

/** The line took everything: what that was. */
function drain({ peer, member }: Visitor): Frame[] {
  const frames = peer.takeFrames();
  peer.queuedBytes = 0;
  member.drained();
  return frames;
}

const replies = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.type === 'sync-reply' ? [frame.update] : []));

function refusal(action: () => void): RejectionName | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof Rejected) return error.rejection;
    throw error;
  }
  return undefined;
}

function vectorOf(clocks: Readonly<Record<number, number>>): Uint8Array {
  return Y.encodeStateVector(new Map(Object.entries(clocks).map(([client, clock]) => [Number(client), clock])));
}

describe('who asks and does not read', () => {
  beforeEach(async () => {
    const writer = await world.join();
    writer.update(typist.type('x'.repeat(LETTERS)));
    writer.member.leave();
    await world.clock.settle();
  });

  test('has one answer in memory, however often it asks for a part of the document (R2)', async () => {
    for (const role of ['editor', 'viewer'] as const) {
      const deaf = await deafVisitor({ role });
      for (let asked = 0; asked < 119; asked++) deaf.request(vectorOf({ 11: LETTERS - Math.floor(LETTERS * 0.49) + asked }));
      expect(deaf.peer.queuedBytes).toBeLessThan(LAGGING + 0.5 * LETTERS);
      expect(replies(deaf.peer.takeFrames())).toHaveLength(1);
      expect(deaf.peer.closed).toBeUndefined();
    }
  });

  test('is answered when it has read, what it asked for last (R2)', async () => {
    const deaf = await deafVisitor();
    deaf.request();
    deaf.request(vectorOf({ 11: 5 }));
    const asked = encodeFrame({ type: 'sync-request', stateVector: vectorOf({ 11: LETTERS - 3 }) });
    deaf.member.receive(asked);
    // A message is a view: what waits is a copy.
    asked.fill(0);
    const before = drain(deaf);
    expect(replies(before)).toHaveLength(1);
    const [last, ...more] = replies(drain(deaf));
    expect(more).toEqual([]);
    expect(Y.decodeUpdate(last as Uint8Array).structs.map(({ id, length }) => [id.clock, length])).toEqual([[LETTERS - 3, 3]]);
    expect(drain(deaf)).toEqual([]);
  });

  test('has what it asked for on a slow line, though it asks again and again meanwhile, and is not refused (R2)', async () => {
    const writer = await world.join();
    const slow = await deafVisitor({ wantsProgress: false });
    const doc = new Y.Doc();
    const hear = (frames: readonly Frame[]) => {
      for (const frame of frames) if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
    };
    slow.request();
    let largest = 0;
    for (let second = 1; second <= 120; second++) {
      writer.update(typist.type('.'));
      await world.clock.advance(1_000);
      largest = Math.max(largest, slow.peer.queuedBytes);
      slow.request(Y.encodeStateVector(doc));
      // It takes forty seconds to read all of it.
      if (second % 40 === 0) hear(drain(slow));
    }
    hear(drain(slow));
    hear(drain(slow));
    expect(slow.peer.closed).toBeUndefined();
    expect(largest).toBeLessThan(LAGGING + 1.1 * LETTERS);
    expect(doc.getText('content').length).toBe(LETTERS + 120);
  });

  test('is told so when what waits is none, or too much (R3, member R5)', async () => {
    const deaf = await deafVisitor();
    deaf.request();
    deaf.request();
    expect(refusal(() => deaf.request(Uint8Array.of(9)))).toBe('malformed');
    drain(deaf);
    expect(replies(drain(deaf))).toEqual([]);
    const greedy = await deafVisitor();
    for (let asked = 0; asked < 12; asked++) {
      greedy.request();
      drain(greedy);
    }
    greedy.peer.queuedBytes = 2 * LAGGING;
    greedy.request();
    drain(greedy);
    expect(greedy.peer.closed?.rejection).toBe('too-fast');
  });

  test('is closed when it was sent too much by other ways (backlog R2)', async () => {
    // A request of our own has the clocks of all; it follows each gap.
    world = new RoomsForTest({ limits: { stuckBytes: 2 * MEBIBYTE } });
    const writer = await world.join();
    for (let client = 1; client <= 3_000; client++) writer.update(new Typist(1_000_000 + client).type('x'));
    await world.clock.settle();
    const deaf = await deafVisitor();
    typist.type('lost');
    const gap = typist.type('.');
    for (let time = 0; time < 1_000 && deaf.peer.closed === undefined; time++) {
      deaf.reply(EMPTY);
      deaf.update(gap);
    }
    expect(deaf.peer.closed).toMatchObject({ rejection: 'too-fast', detail: expect.stringContaining('does not read') });
    expect(deaf.peer.queuedBytes).toBeLessThan(2.1 * MEBIBYTE);
  });
});

test('who asks who is there, and does not read, is told once, and again when it has read (outbox R6)', async () => {
  world = new RoomsForTest({ documents: 'any', limits: { laggingBytes: 50 * KIBIBYTE } });
  const state = JSON.stringify({ drawing: 'x'.repeat(3_500) });
  const people = await Promise.all(Array.from({ length: 18 }, () => world.join()));
  for (const [index, person] of people.entries())
    person.send({ type: 'awareness', entries: encodeAwareness([{ id: index + 1, clock: 1, state }]) });
  await world.clock.advance(1_000);
  const deaf = await deafVisitor();
  for (let asked = 0; asked < 2_000; asked++) deaf.send({ type: 'query-awareness' });
  await world.clock.settle();
  expect(deaf.peer.queuedBytes).toBeLessThan(120 * KIBIBYTE);
  people[0]?.member.leave();
  await world.clock.advance(1_000);
  expect(deaf.peer.queuedBytes).toBeLessThan(120 * KIBIBYTE);
  drain(deaf);
  const told = presenceIn(deaf.peer.takeFrames());
  expect(told).toHaveLength(18);
  expect(told.find(({ id }) => id === 1)?.state).toBe('null');
  expect(deaf.peer.closed).toBeUndefined();
});

describe('who asks every now and then', () => {
  const PAIRS = 2_000;

  /** Every second letter is gone: the delete set is a large part of the document. */
  beforeEach(async () => {
    world = new RoomsForTest({ limits: { documentBytes: MEBIBYTE, fullSyncsPerMinute: 2 } });
    const writer = await world.join();
    typist.type('xy'.repeat(PAIRS));
    typist.doc.transact(() => {
      for (let at = 0; at < PAIRS; at++) typist.delete(at, 1);
    });
    writer.update(typist.all());
    writer.member.leave();
    await world.clock.settle();
  });

  test('is never refused, with all or nearly all of the document, once a second for five minutes (R3)', async () => {
    const [writer, stock] = [await world.join(), await world.join({ wantsProgress: false })];
    const doc = new Y.Doc();
    stock.request();
    for (let second = 0; second < 300; second++) {
      writer.update(typist.type('.'));
      stock.request(Y.encodeStateVector(doc));
      world.clock.endTurn();
      world.clock.tick(1_000);
      if (second % 3 > 0) continue;
      for (const frame of stock.peer.takeFrames())
        if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
    }
    await world.clock.settle();
    for (const frame of stock.peer.takeFrames())
      if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
    expect(stock.peer.closed).toBeUndefined();
    expect([doc.getText('content').length, doc.store.pendingStructs]).toEqual([typist.content.length, null]);
    expect(doc.getText('content').toString() === typist.content.toString()).toBe(true);
  });

  test('costs the relay no more than its budget, and is not refused though it asks a thousand times a second (R3)', async () => {
    world = new RoomsForTest({ limits: { documentBytes: 128 * KIBIBYTE, fullSyncsPerMinute: 2 } });
    const [writer, keen] = [await world.join(), await world.join()];
    writer.update(typist.all());
    await world.clock.settle();
    keen.peer.takeFrames();
    let bytes = 0;
    for (let asked = 0; asked < 5_000; asked++) keen.request(Y.encodeStateVector(typist.doc));
    for (const framed of keen.peer.writes) bytes += framed.length;
    expect(replies(keen.peer.takeFrames())).toHaveLength(5_000);
    expect(bytes).toBeLessThan(3 * 128 * KIBIBYTE + 5_000 * 20);
    // What is deleted is told as it happens.
    writer.update(typist.delete(0, 5));
    await world.clock.settle();
    expect(keen.peer.takeTypes()).toEqual(['update']);
    expect(refusal(() => keen.request())).toBe('too-fast');
  });
});

describe('answers that are kept (kept-answers.ts)', () => {
  let room: Room;

  /** How many bytes are held for who asks with nothing: none, or those of the last answer. */
  const isKept = (answer: Uint8Array) => room.history.answer(NOTHING, room.knowledge) === answer;

  async function enter(): Promise<Visitor> {
    const peer = new InMemoryPeer();
    const member = await world.rooms.enter(DOCUMENT, (entered) => {
      // What is entered is the room itself.
      room = entered;
      return peer;
    });
    return new Visitor(peer, member);
  }

  test('serve all who come within a while, and are let go of in a room that is at rest (beats R3)', async () => {
    const writer = await enter();
    writer.update(typist.type('text'));
    await world.clock.settle();
    const answer = room.history.answer(NOTHING, room.knowledge);
    for (let second = 0; second < 30; second++) {
      await world.clock.advance(1_000);
      expect(isKept(answer)).toBe(true);
    }
    await world.clock.advance(10_000);
    expect(isKept(answer)).toBe(false);
  });

  test('are let go of when the last one leaves (room R5)', async () => {
    const [first, second] = [await enter(), await enter()];
    first.update(typist.type('text'));
    await world.clock.settle();
    const answer = room.history.answer(NOTHING, room.knowledge);
    first.member.leave();
    expect(isKept(answer)).toBe(true);
    second.member.leave();
    expect(isKept(answer)).toBe(false);
  });
});
