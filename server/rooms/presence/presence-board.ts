/**
 * Who is in a document, and what of it others have not heard yet.
 *
 * R1  A connection's presence id is the first id in its first awareness frame. Entries for other ids are ignored: not
 *     refused, not parsed, not counted (stock clients send back all they hear). A present person's clock as the relay gives
 *     them marks such an echo, which is never taken for the sender's own id.
 * R2  What is shown of a person: the known fields, and the role that the relay knows.
 * R3  Clocks are the relay's own and rise, over a restart too: clients keep the clocks that they have seen. 0 is never sent.
 * R4  A state that did not change is not passed on, but everyone is renewed at least every 15 s as long as they are connected:
 *     y-protocols forgets people after 30 s.
 * R5  Who leaves is gone at once. An id that is held by another open connection stays with it; the newcomer's newest state
 *     is shown when the holder is gone.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { type AwarenessEntry, decodeAwareness, encodeEntry, joinEntries } from '../../../src/shared/protocol/presence';
import type { RelayLimits } from '../limits';
import type { Clock, DocumentRules, Peer } from '../ports';
import type { PresenceFeed } from './presence-feed';
import { StateReader, withRole } from './presence-state';

/** One connection's place at the board. */
export interface Seat {
  readonly peer: Pick<Peer, 'role' | 'probe'>;
  /** `undefined` until it says who it is. */
  id: number | undefined;
  /** Its newest state, as a {@link StateReader} gives it. */
  state: string | null;
  reader?: StateReader;
}

export interface PresenceChange {
  readonly id: number;
  /** What others see from now on, as JSON; `null` for nothing. */
  readonly shown: string;
  /** One entry of an awareness frame. */
  readonly entry: Uint8Array;
}

export interface PresenceBoardOptions {
  readonly documents: DocumentRules;
  readonly limits: Pick<RelayLimits, 'awarenessBytes' | 'presenceMs' | 'holderMs'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Is told whatever others are told, in the same portions. */
  readonly feed?: Pick<PresenceFeed, 'take'>;
}

interface Person {
  readonly id: number;
  holder: Seat;
  /** Connections that say they are the same person, in the order they came. */
  readonly others: Seat[];
  /** What others see, `null` for nothing. */
  shown: string;
  clock: number;
  changed: boolean;
  sentAt: number;
}

/** With the room's tick of a third of this, everyone is renewed in time. */
const RENEW_MS = 10_000;
const NOBODY = 'null';

export class PresenceBoard {
  readonly #options: PresenceBoardOptions;
  readonly #people = new Map<number, Person>();
  readonly #gone = new Set<number>();
  /** The newest clock that was given out; everything in one batch has the same. */
  #clock = 0;
  readonly #firstClock: number;
  #changed = false;

  constructor(options: PresenceBoardOptions) {
    this.#options = options;
    this.#firstClock = this.#clockOfNow();
  }

  /** Whether there is something that others have not heard. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Takes an awareness frame's entries. Throws {@link MalformedBytes} and then changed nothing. */
  receive(seat: Seat, bytes: Uint8Array): void {
    const { limits, documents } = this.#options;
    const entries = decodeAwareness(bytes);
    const id = seat.id ?? entries.find((entry) => !this.#isEcho(entry))?.id;
    let newest: string | null | undefined;
    let ownLength = 0;
    for (const entry of entries) {
      if (entry.id !== id) continue;
      ownLength += entry.state.length;
      if (ownLength > limits.awarenessBytes) throw new MalformedBytes('a presence state is too large');
      seat.reader ??= new StateReader(documents);
      newest = seat.reader.read(entry.state);
    }
    if (id === undefined || newest === undefined) return;
    seat.state = newest;
    if (seat.id === undefined) this.#sit(seat, id);
    const person = this.#people.get(id);
    if (person?.holder === seat) this.#show(person);
  }

  leave(seat: Seat): void {
    const person = seat.id === undefined ? undefined : this.#people.get(seat.id);
    if (person === undefined) return;
    const waiting = person.others.indexOf(seat);
    if (waiting !== -1) person.others.splice(waiting, 1);
    if (person.holder !== seat) return;
    const next = person.others.pop();
    if (next === undefined) {
      this.#people.delete(person.id);
      this.#gone.add(person.id);
      this.#changed = true;
    } else {
      person.holder = next;
      this.#show(person);
    }
  }

  /** Everyone but `except`, as the entries of an awareness frame. */
  everyone(except: number | undefined): Uint8Array {
    return entriesWithout(except, [...this.#people.values()].filter(({ shown }) => shown !== NOBODY).map(asChange));
  }

  ids(): ReadonlySet<number> {
    return new Set(this.#people.keys());
  }

  /** Everyone but `except`, and that those of `known` who are not here are gone. */
  everyoneSince(known: ReadonlySet<number>, except: number | undefined): Uint8Array {
    const changes = [...this.#people.values()].map(asChange);
    const clock = Math.max(this.#clock, this.#clockOfNow());
    for (const id of known) if (!this.#people.has(id)) changes.push(asChange({ id, clock, shown: NOBODY }));
    return entriesWithout(except, changes);
  }

  /** What others have not heard yet, once. */
  takeChanges(): PresenceChange[] {
    const changes: PresenceChange[] = [];
    this.#clock = Math.max(this.#clock + 1, this.#clockOfNow());
    const clock = this.#clock;
    const now = this.#options.clock.now();
    for (const person of this.#people.values()) {
      if (!person.changed) continue;
      person.changed = false;
      person.clock = clock;
      person.sentAt = now;
      changes.push(asChange(person));
    }
    for (const id of this.#gone) changes.push(asChange({ id, clock, shown: NOBODY }));
    this.#gone.clear();
    this.#changed = false;
    this.#options.feed?.take(changes);
    return changes;
  }

  /** Marks those who have not been sent for a while, or whose role is another now. */
  renew(): void {
    const now = this.#options.clock.now();
    for (const person of this.#people.values()) {
      this.#show(person);
      if (person.shown !== NOBODY && now - person.sentAt >= RENEW_MS) this.#mark(person);
    }
  }

  /** Clients' own clocks are small counters, the relay's are the time. */
  #isEcho({ id, clock }: AwarenessEntry): boolean {
    return clock >= this.#firstClock && this.#people.has(id);
  }

  #sit(seat: Seat, id: number): void {
    seat.id = id;
    const person = this.#people.get(id);
    if (person !== undefined) {
      person.others.push(seat);
      person.holder.peer.probe(this.#options.limits.holderMs);
      return;
    }
    this.#gone.delete(id);
    this.#clock = Math.max(this.#clock, this.#clockOfNow());
    this.#people.set(id, { id, holder: seat, others: [], shown: '', clock: this.#clock, changed: true, sentAt: 0 });
  }

  #show(person: Person): void {
    const { peer, state } = person.holder;
    const shown = state === null ? NOBODY : withRole(state, peer.role);
    if (shown === person.shown) return;
    person.shown = shown;
    this.#mark(person);
  }

  #mark(person: Person): void {
    person.changed = true;
    this.#changed = true;
  }

  #clockOfNow(): number {
    return Math.max(1, Math.floor(this.#options.clock.now() / this.#options.limits.presenceMs));
  }
}

/** The entries of one awareness frame, without those of `except`. */
export function entriesWithout(except: number | undefined, changes: readonly PresenceChange[]): Uint8Array {
  const entries: Uint8Array[] = [];
  for (const { id, entry } of changes) if (id !== except) entries.push(entry);
  return joinEntries(entries);
}

function asChange({ id, clock, shown }: Pick<Person, 'id' | 'clock' | 'shown'>): PresenceChange {
  return { id, shown, entry: encodeEntry({ id, clock, state: shown }) };
}
