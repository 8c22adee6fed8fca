import { beforeEach, describe, expect, it } from 'vitest';
import { freeColor, PATIENCE_MS, SETTLED_AFTER_MS, watchForFreeColor } from '../../src/renderer/presence/free-color';
import type { Person } from '../../src/renderer/presence/person';
import { PERSON_COLOR_LIST, personColor } from '../../src/renderer/presence/person-colors';
import { ObservableValue } from '../../src/shared/observable';
import { ManualClock } from '../support/manual-clock';

interface Somebody {
  readonly id: number;
  readonly name: string;
  color: number;
  /** Chosen: never changed. */
  readonly isChosen?: boolean;
}

let clock: ManualClock;
let room: Room;

/** Everyone sees everyone, at once. */
class Room {
  readonly #there = new Map<Somebody, ObservableValue<readonly Person[]>>();
  /** Who changed colour, in order. */
  readonly changed: string[] = [];

  join(...people: Somebody[]): void {
    for (const one of people) this.#there.set(one, new ObservableValue<readonly Person[]>([]));
    this.#tell();
    for (const one of people) {
      watchForFreeColor(this.#there.get(one) ?? expect.unreachable(), clock, (color) => {
        if (one.isChosen) return;
        one.color = color;
        this.changed.push(one.name);
        this.#tell();
      });
    }
  }

  leave(one: Somebody): void {
    this.#there.delete(one);
    this.#tell();
  }

  #tell(): void {
    for (const [me, seen] of this.#there) {
      seen.set(
        [...this.#there.keys()].map(({ id, name, color }) => ({
          id,
          name,
          color: personColor(color),
          role: 'editor',
          cursor: undefined,
          isMe: id === me.id,
        })),
      );
    }
  }
}

beforeEach(() => {
  clock = new ManualClock();
  room = new Room();
});

const lynx = (more: Partial<Somebody> = {}): Somebody => ({ id: 10, name: 'Patient Lynx', color: 3, ...more });
const lark = (more: Partial<Somebody> = {}): Somebody => ({ id: 20, name: 'Patient Lark', color: 3, ...more });
const later = SETTLED_AFTER_MS + PATIENCE_MS.settled.lower;

// Rules: free-color.ts.
describe('somebody in a colour that another one has', () => {
  it.each([
    ['a higher', 20],
    ['a lower', 5],
  ])('R1 takes a free one when they come later, with %s id', async (_, id) => {
    const [first, third, second] = [lynx(), lynx({ id: 11, name: 'Ada', color: 4 }), lark({ id })];
    room.join(first);
    await clock.advance(SETTLED_AFTER_MS);
    room.join(third);
    room.join(second);
    await clock.advance(later);
    expect([first.color, third.color, second.color, room.changed]).toEqual([3, 4, 5, ['Patient Lark']]);
  });

  it('R1 is one of two who come at once, and the other one stays', async () => {
    const [one, other] = [lynx(), lark()];
    room.join(one, other);
    await clock.advance(10 * later);
    expect([one.color, other.color, room.changed]).toEqual([3, 4, ['Patient Lark']]);
  });

  it('R1 comes to rest however many come at once', async () => {
    const people = PERSON_COLOR_LIST.map((_, id): Somebody => ({ id, name: `Person ${id}`, color: 7 }));
    room.join(...people);
    await clock.advance(60 * later);
    expect(new Set(people.map(({ color }) => color)).size).toBe(people.length);
    const { length } = room.changed;
    await clock.advance(60 * later);
    expect(room.changed).toHaveLength(length);
  });

  it('R2 makes room for a colour that was chosen, though they were there before', async () => {
    const [one, other] = [lynx(), lark({ isChosen: true })];
    room.join(one, lynx({ id: 12, name: 'Ada', color: 9 }));
    await clock.advance(SETTLED_AFTER_MS);
    room.join(other);
    await clock.advance(PATIENCE_MS.newcomer.lower);
    expect(one.color).toBe(3);
    await clock.advance(later);
    expect([one.color, other.color]).toEqual([4, 3]);
  });

  it('stays as they are when the other one is gone in time', async () => {
    const [one, other] = [lynx(), lark()];
    room.join(other);
    room.join(one);
    room.leave(one);
    await clock.advance(10 * later);
    expect(other.color).toBe(3);
  });

  it('R4 stays so in two windows of their own', async () => {
    const [one, other] = [lynx(), lark({ name: 'Patient Lynx' })];
    room.join(one, other);
    await clock.advance(10 * later);
    expect(room.changed).toEqual([]);
  });
});

it('the free colour is the next one that nobody has, then the next that no writer has, or none', () => {
  const with_ = (indices: readonly number[], role: Person['role'] = 'editor') =>
    indices.map((index) => ({ color: personColor(index), role }));
  const all = PERSON_COLOR_LIST.map(({ index }) => index);
  expect(freeColor(3, with_([4, 5, 7]))).toBe(6);
  expect(freeColor(11, with_([0]))).toBe(1);
  expect(freeColor(3, with_(all))).toBeUndefined();
  expect(freeColor(3, [...with_([3, 4]), ...with_(all, 'viewer')])).toBe(5);
  // Else it would go on for ever.
  expect(freeColor(3, [...with_([4]), ...with_(all, 'viewer')])).toBeUndefined();
});
