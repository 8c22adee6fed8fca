import { beforeEach, describe, expect, test } from 'vitest';
import type { DocumentRules } from '../../server/rooms/ports';
import type { PresenceEntry } from '../../server/rooms/presence/people-frames';
import { PresenceBoard, type Seat } from '../../server/rooms/presence/presence-board';
import { MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { type AwarenessEntry, decodeAwareness, encodeAwareness, joinEntries } from '../../src/shared/protocol/presence';
import { InMemoryPeer } from '../support/in-memory-peer';
import { ManualClock } from '../support/manual-clock';

const LIMITS = { presenceMs: 50, awarenessBytes: 16_384, holderMs: 5_000 };

let clock: ManualClock;
let board: PresenceBoard;

beforeEach(() => {
  clock = new ManualClock();
  board = makeBoard();
});

const makeBoard = (documents: DocumentRules = 'text', limits = LIMITS) => new PresenceBoard({ documents, limits, clock });

function sit(): Seat & { readonly peer: InMemoryPeer } {
  return { peer: new InMemoryPeer(), id: undefined, state: null };
}

const person = (name: string) => JSON.stringify({ user: { name, color: '#112233' } });
const say = (seat: Seat, id: number, state: string, clientClock = 1) =>
  board.receive(seat, encodeAwareness([{ id, clock: clientClock, state }]));
const sayAll = (seat: Seat, entries: readonly AwarenessEntry[]) => board.receive(seat, encodeAwareness(entries));
const decoded = (entries: readonly PresenceEntry[]) => decodeAwareness(joinEntries(entries.map(({ entry }) => entry)));
const everyone = () => decoded(board.everyone());
const changes = (most?: number) => decoded(board.takeChanges(most));
const named = (entries: readonly AwarenessEntry[]) => entries.map(({ id, state }) => [id, JSON.parse(state)?.user?.name ?? null]);

describe('who is here', () => {
  test('the first id in the first frame is the connection’s; others are ignored, whatever they hold (R1)', () => {
    const ada = sit();
    sayAll(ada, [
      { id: 1, clock: 1, state: person('Ada') },
      { id: 2, clock: 9, state: 'not even JSON' },
      { id: 3, clock: 2 ** 53 - 1, state: `"${'x'.repeat(100_000)}"` },
    ]);
    say(ada, 2, person('Eve'));
    expect(named(everyone())).toEqual([[1, 'Ada']]);
    expect(ada.id).toBe(1);
  });

  test('a frame with nothing is nobody (R1)', () => {
    const ada = sit();
    sayAll(ada, []);
    expect(ada.id).toBeUndefined();
    say(ada, 5, person('Ada'));
    expect(ada.id).toBe(5);
  });

  test('who sends back what the relay told them does not become that person (R1)', () => {
    const [ada, echo] = [sit(), sit()];
    say(ada, 1, person('Ada'));
    const [told] = changes();
    sayAll(echo, [told as AwarenessEntry]);
    expect(echo.id).toBeUndefined();
    expect(ada.peer.probes).toEqual([]);
    say(echo, 2, person('Bob'));
    expect(echo.id).toBe(2);
  });

  test('known fields are shown, with the role that the relay knows (R2)', () => {
    const viewer = sit();
    viewer.peer.role = 'viewer';
    say(viewer, 1, JSON.stringify({ user: { name: 'Vi\nctor', color: 'url(x)', mail: 'v@x' }, role: 'editor', secret: 1 }));
    expect(JSON.parse(everyone()[0]?.state ?? '')).toEqual({ user: { name: 'Vi ctor', color: '#808080' }, role: 'viewer' });
  });

  test('with any documents, whatever object passes, within size and depth (R2)', () => {
    board = makeBoard('any');
    const nested = (depth: number): string => (depth === 0 ? '1' : `{"a":${nested(depth - 1)}}`);
    say(sit(), 1, '{"x":[1,2,{"y":null}]}');
    expect(JSON.parse(everyone()[0]?.state ?? '')).toEqual({ x: [1, 2, { y: null }], role: 'editor' });
    say(sit(), 2, nested(8));
    expect(everyone()).toHaveLength(2);
    for (const bad of [nested(9), nested(600), '5', '"s"', '[1]', 'x', `{"a":"${'x'.repeat(5_000)}"}`]) {
      expect(() => say(sit(), 3, bad)).toThrow(MalformedBytes);
    }
    expect(everyone()).toHaveLength(2);
  });

  test.each(['5', '"s"', '[1]', '{', `${'['.repeat(200_000)}`, `{"user":{"name":"${'x'.repeat(70_000)}"}}`])(
    'an own state that is no presence is malformed and leaves no ghost (R1): %#',
    (state) => {
      expect(() => say(sit(), 1, state)).toThrow(MalformedBytes);
      expect(everyone()).toEqual([]);
      expect(board.changed).toBe(false);
    },
  );

  test('a good entry before a bad one of the same person shows nothing (R1)', () => {
    const ada = sit();
    const entries = [
      { id: 1, clock: 1, state: person('Ada') },
      { id: 1, clock: 2, state: '{' },
    ];
    expect(() => sayAll(ada, entries)).toThrow(MalformedBytes);
    expect(everyone()).toEqual([]);
  });

  test('own states are bounded by the limit, foreign ones are not counted (R1)', () => {
    board = makeBoard('text', { ...LIMITS, awarenessBytes: 100 });
    const padded = JSON.stringify({ user: { name: 'x'.repeat(100), color: '#112233' } });
    expect(() => say(sit(), 1, padded)).toThrow(MalformedBytes);
    sayAll(sit(), [
      { id: 2, clock: 1, state: person('Bob') },
      { id: 1, clock: 1, state: padded },
    ]);
    expect(named(everyone())).toEqual([[2, 'Bob']]);
  });

  test('clocks rise with each change, are never 0, and go on after a restart (R3)', () => {
    const ada = sit();
    const clocks: number[] = [];
    const note = () => clocks.push(...changes().map((entry) => entry.clock));
    say(ada, 1, person('Ada'));
    note();
    for (let move = 0; move < 100; move++) {
      clock.tick(50);
      say(ada, 1, person(`Ada ${move}`));
      note();
    }
    clock.tick(50);
    board.leave(ada);
    note();
    // A restart takes longer than this.
    clock.tick(100);
    board = makeBoard();
    say(sit(), 1, person('Ada'));
    note();
    expect(clocks).toHaveLength(103);
    for (const [index, value] of clocks.entries()) expect(value).toBeGreaterThan(clocks[index - 1] ?? 0);
  });

  test('the same state again is not passed on, but everyone is renewed within 15 s (R4)', () => {
    const ada = sit();
    say(ada, 1, person('Ada'));
    const [first] = changes();
    say(ada, 1, person('Ada'), 2);
    expect(board.changed).toBe(false);
    for (const wait of [5_000, 4_999]) {
      clock.tick(wait);
      board.renew();
      expect(board.changed).toBe(false);
    }
    clock.tick(1);
    board.renew();
    const [renewed] = changes();
    expect(renewed?.state).toBe(first?.state);
    expect(renewed?.clock).toBeGreaterThan(first?.clock ?? 0);
  });

  test('a changed role is shown at the next renewal (R2)', () => {
    const ada = sit();
    say(ada, 1, person('Ada'));
    changes();
    ada.peer.role = 'viewer';
    board.renew();
    expect(changes().map(({ state }) => JSON.parse(state).role)).toEqual(['viewer']);
  });

  test('who leaves is gone at once, for everyone (R5)', () => {
    const ada = sit();
    say(ada, 1, person('Ada'));
    changes();
    board.leave(ada);
    expect(everyone()).toEqual([]);
    expect(named(changes())).toEqual([[1, null]]);
    expect(board.changed).toBe(false);
  });

  test('who comes back before others heard that they left is not told gone (R5)', () => {
    const [before, after] = [sit(), sit()];
    say(before, 1, person('Ada'));
    changes();
    board.leave(before);
    say(after, 1, person('Ada again'));
    expect(named(changes())).toEqual([[1, 'Ada again']]);
  });

  test('clocks rise from one batch to the next, also when no time has passed (R3)', () => {
    const ada = sit();
    say(ada, 1, person('Ada'));
    const [first] = changes();
    say(ada, 1, person('Ada moves'));
    const [second] = changes();
    expect(second?.clock).toBeGreaterThan(first?.clock ?? 0);
  });

  test('who hides is not shown, and comes back with the next state (R5)', () => {
    const ada = sit();
    say(ada, 1, person('Ada'));
    changes();
    say(ada, 1, 'null');
    expect(everyone()).toEqual([]);
    expect(changes().map(({ state }) => state)).toEqual(['null']);
    say(ada, 1, person('Ada'));
    expect(named(changes())).toEqual([[1, 'Ada']]);
  });

  test('an id stays with its holder, who is probed; the newcomer is shown when the holder is gone (R5)', () => {
    const [ghost, back] = [sit(), sit()];
    say(ghost, 1, person('Ada before'));
    changes();
    say(back, 1, person('Ada back'));
    say(back, 1, person('Ada moves'));
    expect(ghost.peer.probes).toEqual([5_000]);
    expect(named(everyone())).toEqual([[1, 'Ada before']]);
    board.leave(ghost);
    expect(named(changes())).toEqual([[1, 'Ada moves']]);
    board.leave(back);
    expect(named(changes())).toEqual([[1, null]]);
  });

  test('a newcomer that leaves before the holder takes nobody along (R5)', () => {
    const [holder, newcomer] = [sit(), sit()];
    say(holder, 1, person('Ada'));
    say(newcomer, 1, person('Ada 2'));
    changes();
    board.leave(newcomer);
    expect(named(everyone())).toEqual([[1, 'Ada']]);
    board.leave(holder);
    expect(everyone()).toEqual([]);
  });

  test('a thousand arrivals and departures leave nothing behind (R5)', () => {
    for (let id = 1; id <= 1_000; id++) {
      const seat = sit();
      say(seat, id, person('x'));
      board.leave(seat);
      if (id % 10 === 0) changes();
    }
    expect(board.ids().size).toBe(0);
    expect(changes()).toEqual([]);
  });

  test('who was away hears who is here and who is gone (R5)', () => {
    const [ada, bob, cleo] = [sit(), sit(), sit()];
    say(ada, 1, person('Ada'));
    say(bob, 2, person('Bob'));
    changes();
    const known = board.ids();
    board.leave(bob);
    changes();
    say(cleo, 3, person('Cleo'));
    changes();
    expect(named(decoded(board.everyoneSince(known)))).toEqual([
      [1, 'Ada'],
      [3, 'Cleo'],
      [2, null],
    ]);
  });

  test('what is too much at once is told in the order in which it changed, whoever changes most (R6)', () => {
    const seats = [sit(), sit(), sit(), sit()];
    for (const [index, seat] of seats.entries()) say(seat, index + 1, person('comes'));
    expect(named(changes(2)).map(([id]) => id)).toEqual([1, 2]);
    say(seats[0] as Seat, 1, person('moves'));
    say(seats[3] as Seat, 4, person('moves too'));
    expect(board.changed).toBe(true);
    expect(named(changes(2))).toEqual([
      [3, 'comes'],
      [4, 'moves too'],
    ]);
    board.leave(seats[1] as Seat);
    board.leave(seats[2] as Seat);
    expect(named(changes(2))).toEqual([
      [1, 'moves'],
      [2, null],
    ]);
    expect(named(changes(2))).toEqual([[3, null]]);
    expect(board.changed).toBe(false);
  });
});
