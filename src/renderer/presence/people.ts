/**
 * The people in the document, folded from awareness: what the shell lists and the editor draws.
 *
 * R1  Me first, then the others by name; whoever has no name has a friendly one.
 * R2  Who came, left or changed name, colour or role is told at once; movement at most every {@link MOVES_EVERY_MS}.
 * R3  A person in whom nothing changed stays the same object.
 *     What a move does not change is not read anew: a hundred people move a thousand times a second.
 * R4  A replaced replica is followed; an awareness entry of a wrong shape costs that person's field, never the list.
 */
import type { Awareness } from 'y-protocols/awareness';
import { type Observable, ObservableValue } from '../../shared/observable';
import { LONGEST_NAME, type Presence, parsePresence } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import { friendlyNameOf } from './friendly-name';
import { IDLE_AFTER_MS, type Person } from './person';
import { nearestColor, pickColor } from './person-colors';

const MOVES_EVERY_MS = 33;
const IDLE_CHECK_MS = 15_000;

export type People = Observable<readonly Person[]> & { stop(): void };

/** What watching needs of the machine; tests pass their own. */
export interface PeopleTime {
  now(): number;
  /** Returns its own end. */
  after(milliseconds: number, run: () => void): () => void;
}

const machineTime: PeopleTime = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export function watchPeople(replica: Observable<Replica>, time: PeopleTime = machineTime): People {
  return new AwarenessPeople(replica, time);
}

interface AwarenessChange {
  readonly added: readonly number[];
  readonly updated: readonly number[];
  readonly removed: readonly number[];
}

interface Known {
  readonly state: unknown;
  readonly changedAt: number;
  readonly person: Person;
}

class AwarenessPeople implements Observable<readonly Person[]> {
  readonly #people = new ObservableValue<readonly Person[]>([]);
  readonly #time: PeopleTime;
  readonly #stopWatchingReplica: () => void;
  readonly #onChange = (changed: AwarenessChange) => this.#noticeChange(changed);
  #awareness: Awareness;
  #known = new Map<number, Known>();
  #cancelFold: (() => void) | undefined;
  #cancelIdleCheck: () => void;

  constructor(replica: Observable<Replica>, time: PeopleTime) {
    this.#time = time;
    this.#awareness = replica.current.awareness;
    this.#awareness.on('change', this.#onChange);
    this.#stopWatchingReplica = replica.subscribe((next) => this.#changeOver(next.awareness));
    this.#fold();
    this.#cancelIdleCheck = time.after(IDLE_CHECK_MS, () => this.#checkIdle());
  }

  get current(): readonly Person[] {
    return this.#people.current;
  }

  subscribe(listener: (people: readonly Person[]) => void): () => void {
    return this.#people.subscribe(listener);
  }

  stop(): void {
    this.#stopWatchingReplica();
    this.#awareness.off('change', this.#onChange);
    this.#cancelFold?.();
    this.#cancelIdleCheck();
  }

  #changeOver(next: Awareness): void {
    this.#awareness.off('change', this.#onChange);
    this.#awareness = next;
    this.#awareness.on('change', this.#onChange);
    this.#fold();
  }

  #noticeChange({ added, updated, removed }: AwarenessChange): void {
    if (added.length > 0 || removed.length > 0 || updated.some((id) => this.#isNotWhoTheyWere(id))) this.#fold();
    else this.#cancelFold ??= this.#time.after(MOVES_EVERY_MS, () => this.#fold());
  }

  #isNotWhoTheyWere(id: number): boolean {
    const before = this.#known.get(id)?.state;
    const after = this.#awareness.getStates().get(id);
    return before === undefined || after === undefined || !isSameWho(before, after);
  }

  #checkIdle(): void {
    this.#fold();
    this.#cancelIdleCheck = this.#time.after(IDLE_CHECK_MS, () => this.#checkIdle());
  }

  #fold(): void {
    this.#cancelFold?.();
    this.#cancelFold = undefined;
    const now = this.#time.now();
    const known = new Map<number, Known>();
    for (const [id, state] of this.#awareness.getStates()) {
      const before = this.#known.get(id);
      known.set(id, before?.state === state ? growIdle(before, now) : this.#know(id, state, now));
    }
    this.#known = known;
    const people = this.#inOrder(known);
    const same = people.length === this.current.length && people.every((person, index) => person === this.current[index]);
    if (!same) this.#people.set(people);
  }

  /** Comparing names is dear, and who moves stays where they are in the list. */
  #inOrder(known: ReadonlyMap<number, Known>): readonly Person[] {
    const asBefore = this.current.map(({ id, name, isMe }) => {
      const person = known.get(id)?.person;
      return person?.name === name && person.isMe === isMe ? person : undefined;
    });
    if (asBefore.length === known.size && asBefore.every((person) => person !== undefined)) return asBefore;
    return [...known.values()].map(({ person }) => person).sort(byPlace);
  }

  #know(id: number, state: unknown, changedAt: number): Known {
    const before = this.#known.get(id);
    if (before !== undefined && isSameWho(before.state, state)) {
      const { idle: _, ...person } = before.person;
      const { cursor } = readPresence({ cursor: fieldOf(state, 'cursor') });
      return { state, changedAt, person: { ...person, cursor, isMe: id === this.#awareness.clientID } };
    }
    const { user, cursor, role } = readPresence(state);
    const isMe = id === this.#awareness.clientID;
    const name = user?.name || friendlyNameOf(id);
    const color = user === undefined ? pickColor(name) : nearestColor(user.color);
    return { state, changedAt, person: { id, name, color, role: role ?? 'editor', cursor, isMe } };
  }
}

/** Awareness has parsed the JSON already; it goes through the one place that knows which fields there are. */
function readPresence(state: unknown): Presence {
  try {
    const { user, cursor, role } = state as Record<string, unknown>;
    return parsePresence(JSON.stringify({ user: cutName(user), cursor, role })) ?? {};
  } catch {
    return {}; // R4: too large or not an object; the person is there, but we know nothing more.
  }
}

function cutName(user: unknown): unknown {
  if (typeof user !== 'object' || user === null) return undefined;
  const { name, color, colorLight } = user as Record<string, unknown>;
  return { name: typeof name === 'string' ? name.slice(0, 4 * LONGEST_NAME) : '', color, colorLight };
}

function growIdle(known: Known, now: number): Known {
  if (known.person.idle || now - known.changedAt < IDLE_AFTER_MS) return known;
  return { ...known, person: { ...known.person, idle: true } };
}

/** But for where they are. */
function isSameWho(one: unknown, other: unknown): boolean {
  return fieldOf(one, 'role') === fieldOf(other, 'role') && isSameUser(fieldOf(one, 'user'), fieldOf(other, 'user'));
}

function fieldOf(state: unknown, name: string): unknown {
  return typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[name] : undefined;
}

function isSameUser(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function byPlace(one: Person, other: Person): number {
  if (one.isMe !== other.isMe) return one.isMe ? -1 : 1;
  return one.name.localeCompare(other.name) || one.id - other.id;
}
