import { beforeEach, describe, expect, test } from 'vitest';
import { Outbox } from '../../server/rooms/delivery/outbox';
import { ProgressLedger } from '../../server/rooms/delivery/progress-ledger';
import type { Mark, Recipient } from '../../server/rooms/delivery/recipient';
import type { Framing } from '../../server/rooms/ports';
import { PresenceBoard } from '../../server/rooms/presence/presence-board';
import { SlowTick } from '../../server/rooms/slow-tick';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { InMemoryPeer, LENGTH_PREFIX, presenceIn, progressIn } from '../support/in-memory-peer';
import { ManualClock } from '../support/manual-clock';

const LIMITS = { presenceMs: 50, laggingBytes: 1_000, stuckBytes: 10_000, awarenessBytes: 16_384, holderMs: 5_000 };
const SLOW_MS = 100;
const MARK: Mark = { stateVector: Uint8Array.of(0), update: 1, people: new Set() };

let clock: ManualClock;
let board: PresenceBoard;
let recipients: Recipient[];
let outbox: Outbox;
let marks: number;
let framed: number;
let largest: number;
let updates: number;
let gathered: (() => void) | undefined;

/** Counts how often a message is framed. */
const COUNTING: Framing = {
  frame(message) {
    framed++;
    return LENGTH_PREFIX.frame(message);
  },
};

beforeEach(() => {
  clock = new ManualClock();
  board = new PresenceBoard({ documents: 'text', limits: LIMITS, clock });
  recipients = [];
  marks = 0;
  framed = 0;
  largest = 0;
  updates = 0;
  gathered = undefined;
  outbox = new Outbox({
    clock,
    tick: new SlowTick(clock, SLOW_MS),
    gather: () => gathered?.(),
    limits: LIMITS,
    recipients,
    board,
    mark: () => {
      marks++;
      return MARK;
    },
    largestMessage: () => largest,
  });
});

function arrive(framing: Framing = COUNTING): Recipient & { readonly peer: InMemoryPeer } {
  const peer = new InMemoryPeer();
  peer.framing = framing;
  const recipient = {
    peer,
    framing,
    seat: { peer, id: undefined, state: null },
    ledger: new ProgressLedger(0),
    own: [],
    introduced: true,
    heardAt: 0,
    lag: undefined,
    place: recipients.length,
  };
  recipients.push(recipient);
  return recipient;
}

/** Numbered as a room numbers them. */
const add = (bytes: Uint8Array, sender: Recipient) => outbox.add(bytes, sender, ++updates);
const message = (byte: number) => encodeFrame({ type: 'update', update: Uint8Array.of(byte) });
const heard = ({ peer }: { readonly peer: InMemoryPeer }) =>
  peer.takeFrames().flatMap((frame) => (frame.type === 'update' ? [frame.update[0]] : []));

function move(recipient: Recipient, id: number, name: string): void {
  const state = JSON.stringify({ user: { name, color: '#112233' } });
  board.receive(recipient.seat, encodeAwareness([{ id, clock: 1, state }]));
  outbox.schedulePresence();
}

describe('what leaves a room', () => {
  test('each update is framed with its number, also behind others of its turn, and presence without one (R2)', () => {
    const numbers: (number | undefined)[] = [];
    const numbered: Framing = {
      frame(bytes, update) {
        numbers.push(update);
        return LENGTH_PREFIX.frame(bytes);
      },
    };
    const writer = arrive();
    arrive(numbered);
    for (const byte of [1, 2]) add(message(byte), writer);
    move(writer, 7, 'Ada');
    clock.endTurn();
    add(message(3), writer);
    clock.endTurn();
    expect(numbers).toEqual([1, 2, undefined, 3]);
  });

  test('one turn is one write for who only listens, framed once for all of them (R1, R2)', () => {
    const writer = arrive();
    const listeners = [arrive(), arrive(), arrive()];
    for (const byte of [1, 2, 3]) add(message(byte), writer);
    expect(listeners[0]?.peer.writes).toHaveLength(0);
    clock.endTurn();
    expect(framed).toBe(3);
    const writes = listeners.map(({ peer }) => peer.writes);
    expect(writes.map((all) => all.length)).toEqual([1, 1, 1]);
    expect(new Set(writes.map(([first]) => first)).size).toBe(1);
    for (const listener of listeners) expect(heard(listener)).toEqual([1, 2, 3]);
    expect(heard(writer)).toEqual([]);
  });

  test('each sender gets what others sent, in order, and nothing of its own (R1)', () => {
    const [a, b, c] = [arrive(), arrive(), arrive()];
    const order = [a, a, b, c, a, c, c, b];
    for (const [index, sender] of order.entries()) add(message(index), sender);
    clock.endTurn();
    for (const receiver of [a, b, c]) {
      expect(heard(receiver)).toEqual(order.flatMap((sender, index) => (sender === receiver ? [] : [index])));
    }
    // Nothing of a turn is left for the next.
    add(message(42), b);
    clock.endTurn();
    expect([heard(a), heard(b), heard(c)]).toEqual([[42], [], [42]]);
  });

  test('slices for senders are views of the shared bytes (R2)', () => {
    const [a, b, listener] = [arrive(), arrive(), arrive()];
    add(message(1), a);
    add(message(2), b);
    clock.endTurn();
    const shared = listener.peer.writes[0]?.buffer;
    expect(a.peer.writes[0]?.buffer).toBe(shared);
    expect(b.peer.writes[0]?.buffer).toBe(shared);
  });

  test('who wrote, moved and hears of progress gets all that in one write (R2)', () => {
    const [a, b] = [arrive(), arrive()];
    add(message(1), b);
    add(message(2), a);
    add(message(3), b);
    a.ledger?.hold(1);
    move(a, 7, 'Ada');
    move(b, 8, 'Bob');
    clock.endTurn();
    expect(a.peer.writes).toHaveLength(1);
    const frames = a.peer.takeFrames();
    expect(frames.map((frame) => frame.type)).toEqual(['update', 'update', 'awareness', 'progress']);
    expect(presenceIn(frames).map(({ id }) => id)).toEqual([8]);
  });

  test('a batch that is large already does not wait for the time of its room (R3)', async () => {
    const all = Array.from({ length: 30 }, () => arrive());
    const [writer, listener] = [all[0], all[1]] as [(typeof all)[0], (typeof all)[0]];
    add(message(0), writer);
    clock.endTurn();
    expect(heard(listener)).toEqual([0]);
    for (let number = 1; number < 64; number++) add(message(number), writer);
    clock.endTurn();
    expect(heard(listener)).toEqual([]);
    add(message(64), writer);
    clock.endTurn();
    expect(heard(listener)).toHaveLength(64);
    // The time that was waited for brings nothing twice.
    await clock.advance(50);
    expect(heard(listener)).toEqual([]);
  });

  test('each framing makes its own bytes (R2)', () => {
    const other: Framing = { frame: (bytes) => LENGTH_PREFIX.frame(bytes) };
    const [a, b, c] = [arrive(), arrive(other), arrive(other)];
    add(message(7), a);
    clock.endTurn();
    expect(framed).toBe(0);
    expect([heard(b), heard(c)]).toEqual([[7], [7]]);
  });

  test.each([
    [20, 0],
    [21, 16],
    [80, 16],
    [200, 40],
    [250, 50],
    [1_000, 50],
  ])('a room of %i flushes every %i ms, and at once when it was quiet (R3)', (count, gapMs) => {
    const writer = arrive();
    const listener = arrive();
    while (recipients.length < count) arrive();
    add(message(1), writer);
    clock.endTurn();
    expect(heard(listener)).toEqual([1]);
    add(message(2), writer);
    clock.endTurn();
    if (gapMs > 0) {
      clock.tick(gapMs - 1);
      expect(heard(listener)).toEqual([]);
      clock.tick(1);
    }
    expect(heard(listener)).toEqual([2]);
  });

  test('presence leaves at most every 50 ms, the newest state of each person, nobody their own (R4)', () => {
    const [a, b, c] = [arrive(), arrive(), arrive()];
    move(a, 1, 'Ada');
    move(b, 2, 'Bob');
    clock.endTurn();
    const names = ({ peer }: { readonly peer: InMemoryPeer }) =>
      presenceIn(peer.takeFrames()).map(({ id, state }) => [id, JSON.parse(state).user.name]);
    expect(names(a)).toEqual([[2, 'Bob']]);
    expect(names(b)).toEqual([[1, 'Ada']]);
    expect(names(c)).toEqual([
      [1, 'Ada'],
      [2, 'Bob'],
    ]);
    for (const name of ['Ada 2', 'Ada 3', 'Ada 4']) {
      move(a, 1, name);
      add(message(1), b);
      clock.endTurn();
    }
    expect(names(c)).toEqual([]);
    clock.tick(50);
    clock.endTurn();
    expect(names(c)).toEqual([[1, 'Ada 4']]);
    expect(names(a)).toEqual([]);
  });

  test('updates and presence of one turn are one write (R1, R4)', () => {
    const [a, b, c] = [arrive(), arrive(), arrive()];
    move(a, 1, 'Ada');
    add(message(1), b);
    clock.endTurn();
    expect(c.peer.writes).toHaveLength(1);
    expect(c.peer.takeTypes()).toEqual(['update', 'awareness']);
    expect(a.peer.takeTypes()).toEqual(['update']);
    expect(b.peer.takeTypes()).toEqual(['awareness']);
  });

  test('who has not been introduced gets updates but no presence (R4)', () => {
    const [a, b] = [arrive(), arrive()];
    b.introduced = false;
    move(a, 1, 'Ada');
    add(message(1), a);
    clock.endTurn();
    expect(b.peer.takeTypes()).toEqual(['update']);
  });

  test('what a crowd is told of a crowd leaves in several flushes, and reaches everybody once (R4)', async () => {
    const crowd = Array.from({ length: 500 }, () => arrive());
    const [watcher] = crowd;
    for (const [index, each] of crowd.entries()) move(each, index + 1, 'comes back');
    const told: number[][] = [];
    for (let flush = 0; clock.turnIsOpen || clock.waiting > 0; flush++) {
      clock.endTurn();
      const ids = presenceIn(watcher?.peer.takeFrames() ?? []).map(({ id }) => id);
      if (ids.length > 0) told.push(ids);
      clock.tick(50);
      expect(flush).toBeLessThan(20);
    }
    expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(200);
    // In the order in which they came, without its own.
    expect(told.flat()).toEqual(Array.from({ length: 499 }, (_, index) => index + 2));
  });

  test('who comes into a crowd is told who is there with the flush, and hears of each of them once (R4)', () => {
    const crowd = Array.from({ length: 30 }, () => arrive());
    for (const [index, each] of crowd.entries()) move(each, index + 1, 'is there');
    const newcomer = arrive();
    newcomer.introduced = false;
    move(newcomer, 31, 'New');
    outbox.introduce(newcomer);
    expect(newcomer.peer.writes).toHaveLength(0);
    clock.endTurn();
    expect(presenceIn(newcomer.peer.takeFrames()).map(({ id }) => id)).toEqual(crowd.map((_, index) => index + 1));
    expect(presenceIn(crowd[0]?.peer.takeFrames() ?? []).map(({ id }) => id)).toContain(31);
  });

  test('what is saved is told with the next flush, once (R5)', () => {
    const a = arrive();
    a.ledger?.hold(1);
    a.ledger?.hold(2);
    a.ledger?.save(1);
    outbox.schedule();
    expect(a.peer.writes).toHaveLength(0);
    clock.endTurn();
    expect(progressIn(a.peer.takeFrames())).toEqual({ received: 2, saved: 1 });
    outbox.schedule();
    clock.endTurn();
    expect(a.peer.writes).toHaveLength(0);
  });

  test('what is only received is not worth a write of its own before it has waited for being saved (R5)', async () => {
    const [a, b] = [arrive(), arrive()];
    add(message(1), a);
    a.ledger?.hold(1);
    outbox.scheduleProgress();
    clock.endTurn();
    expect([a.peer.writes.length, heard(b)]).toEqual([0, [1]]);
    await clock.advance(SLOW_MS - 1);
    expect(a.peer.writes).toHaveLength(0);
    await clock.advance(SLOW_MS + 1);
    expect(progressIn(a.peer.takeFrames())).toEqual({ received: 1, saved: 0 });
    expect([a.peer.writes.length, b.peer.writes.length, clock.waiting]).toEqual([0, 0, 0]);
  });

  test('what is only received goes with what its sender gets of its own anyway (R5)', () => {
    const [a, b] = [arrive(), arrive()];
    add(message(1), a);
    a.ledger?.hold(1);
    add(message(2), b);
    clock.endTurn();
    const frames = a.peer.takeFrames();
    expect(frames.map((frame) => frame.type)).toEqual(['update', 'progress']);
    expect(progressIn(frames)).toEqual({ received: 1, saved: 0 });
  });

  test('what is received is told at once where it will not be saved soon (R5)', () => {
    const a = arrive();
    a.ledger?.hold(1);
    outbox.scheduleAllProgress();
    clock.endTurn();
    expect(progressIn(a.peer.takeFrames())).toEqual({ received: 1, saved: 0 });
    // That was for this flush alone.
    a.ledger?.hold(2);
    outbox.schedule();
    clock.endTurn();
    expect(a.peer.writes).toHaveLength(0);
  });

  test('what waits for a flush leaves with it, in one write', () => {
    const [a, b] = [arrive(), arrive()];
    gathered = () => {
      gathered = undefined;
      add(message(2), a);
    };
    add(message(1), a);
    clock.endTurn();
    expect(b.peer.writes).toHaveLength(1);
    expect(heard(b)).toEqual([1, 2]);
    clock.endTurn();
    expect(b.peer.writes).toHaveLength(0);
  });

  test('who gets nothing of a flush was not spoken to', async () => {
    const [a, b] = [arrive(), arrive()];
    await clock.advance(1_000);
    move(a, 1, 'Ada');
    clock.endTurn();
    expect([a.heardAt, b.heardAt]).toEqual([0, clock.now()]);
  });

  test('a peer that does not take what it got is left out from then on (R6)', () => {
    const [writer, slow, other] = [arrive(), arrive(), arrive()];
    add(message(1), writer);
    slow.peer.queuedBytes = 1_001;
    clock.endTurn();
    expect(slow.lag).toBe(MARK);
    expect(heard(slow)).toEqual([1]);
    add(message(2), writer);
    slow.ledger?.hold(1);
    clock.endTurn();
    expect(slow.peer.writes).toHaveLength(0);
    expect(heard(other)).toEqual([1, 2]);
    expect(marks).toBe(1);
  });

  test('what a lagging peer sent itself is forgotten with the turn (R1, R6)', () => {
    const [slow, other] = [arrive(), arrive()];
    slow.lag = MARK;
    add(message(1), slow);
    clock.endTurn();
    slow.lag = undefined;
    add(message(2), other);
    clock.endTurn();
    expect(heard(slow)).toEqual([2]);
  });

  test('a stuck peer is closed (R6)', () => {
    const [writer, stuck] = [arrive(), arrive()];
    stuck.lag = MARK;
    stuck.peer.queuedBytes = 10_001;
    add(message(1), writer);
    clock.endTurn();
    expect(stuck.peer.closed?.rejection).toBe('too-fast');
    expect(writer.peer.closed).toBeUndefined();
  });

  test('who was just sent a large document is not stuck before twice as much is unsent (R6)', () => {
    largest = 20_000;
    const [writer, reader] = [arrive(), arrive()];
    for (const [unsent, rejection] of [
      [40_000, undefined],
      [40_001, 'too-fast'],
    ] as const) {
      reader.peer.queuedBytes = unsent;
      add(message(1), writer);
      clock.endTurn();
      expect(reader.peer.closed?.rejection).toBe(rejection);
    }
  });
});
