import { beforeEach, describe, expect, it } from 'vitest';
import { Introductions, MOST_BYTES } from '../../server/rooms/delivery/introductions';
import type { Recipient } from '../../server/rooms/delivery/recipient';
import type { Framing } from '../../server/rooms/ports';
import { indexOf, PeopleFrames, type PresenceEntry } from '../../server/rooms/presence/people-frames';
import { decodeFrame } from '../../src/shared/protocol/frames';
import { encodeEntry } from '../../src/shared/protocol/presence';
import { InMemoryPeer, LENGTH_PREFIX, presenceIn, unframe } from '../support/in-memory-peer';

const NOW = 1_000;

const people = (count: number, state = 'null'): PresenceEntry[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, entry: encodeEntry({ id: index + 1, clock: 1, state }) }));
const idsIn = (parts: readonly Uint8Array[]) => presenceIn(parts.flatMap(unframe).map(decodeFrame)).map(({ id }) => id);
const idsFrom = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('frames of many people', () => {
  it('R2: are whole messages in the order of the entries', () => {
    const frames = new PeopleFrames(LENGTH_PREFIX, people(100));
    expect(unframe(frames.bytes)).toHaveLength(4);
    expect(idsIn(frames.partsFor(undefined))).toEqual(idsFrom(1, 100));
    expect(frames.partsFor(101)).toEqual([frames.bytes]);
  });

  it.each([1, 2, 31, 32, 33, 63, 64, 65, 96, 97])('R1: of %i people each gets all but its own', (count) => {
    const frames = new PeopleFrames(LENGTH_PREFIX, people(count));
    for (let id = 1; id <= count; id++) expect(idsIn(frames.partsFor(id))).toEqual(idsFrom(1, count).filter((each) => each !== id));
  });

  it('R1: share what their own entry is not in', () => {
    const frames = new PeopleFrames(LENGTH_PREFIX, people(100));
    const shared = frames.partsFor(50).filter(({ buffer }) => buffer === frames.bytes.buffer);
    expect(shared.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(0.6 * frames.bytes.length);
  });

  it('of nobody are nothing', () => {
    expect(new PeopleFrames(LENGTH_PREFIX, []).partsFor(1).map(({ length }) => length)).toEqual([0]);
    expect(indexOf([], undefined)).toBe(-1);
  });
});

describe('newcomers', () => {
  let everyone: readonly PresenceEntry[];
  let asked: number;
  let framed: number;
  let introductions: Introductions;

  const COUNTING: Framing = {
    frame(message) {
      framed++;
      return LENGTH_PREFIX.frame(message);
    },
  };

  beforeEach(() => {
    everyone = people(3);
    asked = 0;
    framed = 0;
    introductions = new Introductions({
      everyone() {
        asked++;
        return everyone;
      },
    });
  });

  function arrive(id: number | undefined): Recipient & { readonly peer: InMemoryPeer } {
    const peer = new InMemoryPeer();
    const seat = { peer, id, state: null };
    return { peer, framing: COUNTING, seat, ledger: undefined, own: [], introduced: false, heardAt: 0, lag: undefined, place: 0 };
  }

  const told = ({ peer }: { readonly peer: InMemoryPeer }) => presenceIn(peer.takeFrames()).map(({ id }) => id);

  it('R1: wait for the flush, and are told of all but themselves, once', () => {
    const [ada, stranger] = [arrive(2), arrive(undefined)];
    introductions.add(ada);
    introductions.add(ada);
    introductions.add(stranger);
    expect([ada.introduced, ada.peer.writes.length]).toEqual([false, 0]);
    introductions.tellSome(NOW);
    expect([told(ada), told(stranger)]).toEqual([
      [1, 3],
      [1, 2, 3],
    ]);
    expect([ada.introduced, ada.heardAt, introductions.waiting, asked]).toEqual([true, NOW, 0, 1]);
    introductions.tellSome(NOW);
    expect([asked, ada.peer.writes.length]).toEqual([1, 0]);
  });

  it('are told something also when nobody else is there: they may have asked', () => {
    everyone = people(1);
    const ada = arrive(1);
    introductions.add(ada);
    introductions.tellSome(NOW);
    expect(ada.peer.takeTypes()).toEqual(['awareness']);
    everyone = [];
    introductions.tell(ada, []);
    expect(ada.peer.takeTypes()).toEqual(['awareness']);
  });

  it('R2: are told a few at a time, in their order, when there is much to tell', () => {
    everyone = people(1_000, JSON.stringify({ user: { name: 'x'.repeat(900) } }));
    const newcomers = Array.from({ length: 12 }, (_, index) => arrive(index + 1));
    for (const newcomer of newcomers) introductions.add(newcomer);
    const flushes: number[] = [];
    while (introductions.waiting > 0) {
      const before = introductions.waiting;
      introductions.tellSome(NOW);
      flushes.push(before - introductions.waiting);
      const bytes = newcomers.map(({ peer }) => peer.writes.reduce((sum, write) => sum + write.length, 0));
      expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MOST_BYTES + 1_100_000);
      for (const { peer } of newcomers) peer.writes.length = 0;
    }
    expect(flushes).toEqual([5, 5, 2]);
    // A message for each 32 people, once for each flush, and one more for each newcomer.
    expect(framed).toBe(3 * 32 + 12);
  });

  it('R3: that lag hear it later, and those that left hear nothing', () => {
    const [lagging, gone] = [arrive(1), arrive(2)];
    lagging.lag = { stateVector: Uint8Array.of(0), update: 0, people: new Set() };
    introductions.add(lagging);
    introductions.add(gone);
    gone.place = -1;
    introductions.tellSome(NOW);
    expect([lagging.peer.writes.length, gone.peer.writes.length, lagging.introduced]).toEqual([0, 0, true]);
  });
});
