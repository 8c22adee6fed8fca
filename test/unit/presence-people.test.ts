import { afterEach, describe, expect, it } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { destroyReplica, newReplica } from '../../src/renderer/documents/new-replica';
import { announcePeople } from '../../src/renderer/presence/announcements';
import { friendlyName, friendlyNameOf } from '../../src/renderer/presence/friendly-name';
import { publishMe } from '../../src/renderer/presence/me';
import { type People, type PeopleTime, watchPeople } from '../../src/renderer/presence/people';
import { IDLE_AFTER_MS, type Person } from '../../src/renderer/presence/person';
import { personColor } from '../../src/renderer/presence/person-colors';
import { ObservableValue } from '../../src/shared/observable';

/** A clock that the test moves. */
class ManualTime implements PeopleTime {
  #now = 0;
  #waiting: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer);
    };
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((timer) => timer !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

function open() {
  const mine = newReplica();
  const replica = new ObservableValue(mine);
  const time = new ManualTime();
  const people = watchPeople(replica, time);
  ends.push(
    () => destroyReplica(replica.current),
    () => people.stop(),
  );
  return { mine, replica, time, people };
}

function join(at: Awareness, state: Record<string, unknown>): { readonly id: number; say(state: Record<string, unknown> | null): void } {
  const awareness = new Awareness(new Y.Doc());
  ends.push(() => awareness.destroy());
  const say = (next: Record<string, unknown> | null) => {
    awareness.setLocalState(next);
    applyAwarenessUpdate(at, encodeAwarenessUpdate(awareness, [awareness.clientID]), 'network');
  };
  say(state);
  return { id: awareness.clientID, say };
}

const place = { tname: 'content', item: { client: 1, clock: 0 }, assoc: 0 };
const names = (people: People) => people.current.map(({ name }) => name);

describe('people', () => {
  it('lists me first, then the others by name (R1)', () => {
    const { mine, replica, people } = open();
    ends.push(publishMe(replica, new ObservableValue({ name: 'Zoe', color: personColor(2) })));
    for (const name of ['Noor', 'Ada']) join(mine.awareness, { user: { name, color: '#123456' } });
    expect(names(people)).toEqual(['Zoe', 'Ada', 'Noor']);
    expect(people.current.map(({ isMe }) => isMe)).toEqual([true, false, false]);
  });

  it('tells who came and who is called something else at once, movement in one go (R2)', () => {
    const { mine, people, time } = open();
    let told = 0;
    people.subscribe(() => told++);
    const ada = join(mine.awareness, { user: { name: 'Ada', color: '#123456' } });
    expect(told).toBe(1);
    for (let clock = 0; clock < 10; clock++)
      ada.say({ user: { name: 'Ada', color: '#123456' }, cursor: { anchor: place, head: { ...place, item: { client: 1, clock } } } });
    expect(told).toBe(1);
    time.pass(33);
    expect(told).toBe(2);
    expect(people.current.find(({ id }) => id === ada.id)?.cursor?.head.item?.clock).toBe(9);
    ada.say({ user: { name: 'Ada L.', color: '#123456' } });
    expect(names(people)).toContain('Ada L.');
    ada.say(null);
    expect(names(people)).not.toContain('Ada L.');
  });

  it('reads of a move only where it goes: who moves keeps name, colour and place in the list (R3)', () => {
    const { mine, people, time } = open();
    const user = { name: 'Ada', color: '#123456' };
    const ada = join(mine.awareness, { user, role: 'viewer' });
    for (const name of ['Ben', 'Aaron']) join(mine.awareness, { user: { name, color: '#123456' } });
    const before = people.current;
    const { color } = before.find(({ id }) => id === ada.id) as Person;
    time.pass(IDLE_AFTER_MS + 15_000);
    expect(people.current.find(({ id }) => id === ada.id)?.idle).toBe(true);
    ada.say({ user: { ...user }, role: 'viewer', cursor: { anchor: place, head: place } });
    time.pass(33);
    const moved = people.current.find(({ id }) => id === ada.id);
    expect(moved).toEqual({ id: ada.id, name: 'Ada', color, role: 'viewer', cursor: { anchor: place, head: place }, isMe: false });
    expect(people.current.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    // A cursor of a wrong shape is none.
    ada.say({ user, role: 'viewer', cursor: 'nowhere' });
    time.pass(33);
    expect(people.current.find(({ id }) => id === ada.id)).toMatchObject({ name: 'Ada', cursor: undefined });
  });

  it('keeps whoever did not change the same object (R3)', () => {
    const { mine, people } = open();
    const ada = join(mine.awareness, { user: { name: 'Ada', color: '#123456' } });
    const before = people.current.find(({ id }) => id === ada.id);
    join(mine.awareness, { user: { name: 'Noor', color: '#123456' } });
    expect(people.current.find(({ id }) => id === ada.id)).toBe(before);
  });

  it('shows a person whose entry makes no sense, under a friendly name (R1, R4)', () => {
    const { mine, people } = open();
    const odd = join(mine.awareness, { user: 7, cursor: 'here', role: 'king', extra: 'x'.repeat(10_000) });
    const long = join(mine.awareness, { user: { name: `${'long '.repeat(2000)}`, color: 'url(javascript:1)' } });
    expect(people.current.find(({ id }) => id === odd.id)).toMatchObject({
      name: friendlyNameOf(odd.id),
      role: 'editor',
      cursor: undefined,
    });
    const { name, color } = people.current.find(({ id }) => id === long.id) as Person;
    expect(name.length).toBeLessThanOrEqual(64);
    expect(color.hex).toMatch(/^#[0-9a-f]{6}$/);
  });

  it('follows a replaced replica, and publishes me there (R4)', () => {
    const { mine, replica, people } = open();
    ends.push(publishMe(replica, new ObservableValue({ name: 'Zoe', color: personColor(2) })));
    join(mine.awareness, { user: { name: 'Ada', color: '#123456' } });
    const next = newReplica();
    replica.set(next);
    expect(names(people)).toEqual(['Zoe']);
    join(next.awareness, { user: { name: 'Noor', color: '#123456' } });
    expect(names(people)).toEqual(['Zoe', 'Noor']);
    destroyReplica(mine);
  });

  it('says who has done nothing for two minutes', () => {
    const { mine, people, time } = open();
    const ada = join(mine.awareness, { user: { name: 'Ada', color: '#123456' } });
    const idle = () => people.current.find(({ id }) => id === ada.id)?.idle ?? false;
    time.pass(IDLE_AFTER_MS - 1);
    expect(idle()).toBe(false);
    time.pass(15_000);
    expect(idle()).toBe(true);
    ada.say({ user: { name: 'Ada', color: '#123456' }, cursor: { anchor: place, head: place } });
    time.pass(33);
    expect(idle()).toBe(false);
  });

  it('publishes a new name and colour, and leaves the cursor alone', () => {
    const { mine, replica } = open();
    const me = new ObservableValue({ name: 'Zoe', color: personColor(2) });
    ends.push(publishMe(replica, me));
    mine.awareness.setLocalStateField('cursor', { anchor: place, head: place });
    me.set({ name: 'Zoë', color: personColor(5) });
    expect(mine.awareness.getLocalState()).toEqual({
      user: { name: 'Zoë', color: personColor(5).hex, colorLight: `${personColor(5).hex}33` },
      cursor: { anchor: place, head: place },
    });
  });
});

describe('announcements', () => {
  const person = (id: number, name: string, isMe = false): Person => ({
    id,
    name,
    isMe,
    color: personColor(0),
    role: 'editor',
    cursor: undefined,
  });
  const me = person(1, 'Me', true);

  it('says who joined and who left in a sentence each', () => {
    expect(announcePeople([me, person(2, 'Ada')], [me, person(3, 'Noor'), person(4, 'Mateo')])).toBe('Noor and Mateo joined. Ada left.');
  });

  it('names three at most, and says nothing about me or about someone who reconnects', () => {
    const many = ['A', 'B', 'C', 'D', 'E'].map((name, index) => person(index + 2, name));
    expect(announcePeople([me], [me, ...many])).toBe('A, B, C and 2 more joined.');
    expect(announcePeople([], [me])).toBe('');
    expect(announcePeople([person(2, 'Ada')], [person(9, 'Ada')])).toBe('');
  });
});

describe('friendly names', () => {
  it('are the same for the same id and differ between most', () => {
    expect(friendlyNameOf(12345)).toBe(friendlyNameOf(12345));
    expect(new Set(Array.from({ length: 144 }, (_, id) => friendlyNameOf(id))).size).toBe(144);
    expect(friendlyName(() => 0.999999)).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
  });
});
