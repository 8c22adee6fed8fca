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
 * R6  When there is more to tell than fits at once, what waited longest is told first, whoever changes how often.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { sizeOfVarUint, writeVarUint } from '../../../src/shared/protocol/frames';
import { type AwarenessEntry, decodeAwareness } from '../../../src/shared/protocol/presence';
import type { RelayLimits } from '../limits';
import type { Clock, DocumentRules, Peer } from '../ports';
import type { PresenceEntry } from './people-frames';
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

export interface PresenceChange extends PresenceEntry {
  /** What others see from now on, as JSON; `null` for nothing. */
  readonly shown: string;
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
  others: Seat[] | undefined;
  /** What others see, `null` for nothing. */
  shown: string;
  clock: number;
  /** Whether it is among those to be told of. */
  changed: boolean;
  sentAt: number;
}

/** With the room's tick of a third of this, everyone is renewed in time. */
const RENEW_MS = 10_000;
const NOBODY = 'null';

export class PresenceBoard {
  readonly #options: PresenceBoardOptions;
  readonly #people = new Map<number, Person>();
  /** Those that others have to hear of, in the order in which they changed; who is gone meanwhile is skipped (R6). */
  #changed: Person[] = [];
  readonly #gone = new Set<number>();
  /** The newest clock that was given out; everything in one batch has the same. */
  #clock = 0;
  readonly #firstClock: number;

  constructor(options: PresenceBoardOptions) {
    this.#options = options;
    this.#firstClock = this.#clockOfNow();
  }

  /** Whether there is something that others have not heard. */
  get changed(): boolean {
    return this.#changed.length > 0 || this.#gone.size > 0;
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
    const waiting = person.others?.indexOf(seat) ?? -1;
    if (waiting !== -1) person.others?.splice(waiting, 1);
    if (person.holder !== seat) return;
    const next = person.others?.pop();
    if (next === undefined) {
      this.#people.delete(person.id);
      this.#gone.add(person.id);
    } else {
      person.holder = next;
      this.#show(person);
    }
  }

  get isEmpty(): boolean {
    return this.#people.size === 0;
  }

  /** Everyone of whom there is something to see. */
  everyone(): readonly PresenceEntry[] {
    const entries: PresenceEntry[] = [];
    for (const person of this.#people.values()) if (person.shown !== NOBODY) entries.push(asChange(person));
    return entries;
  }

  ids(): ReadonlySet<number> {
    return new Set(this.#people.keys());
  }

  /** Everyone, and that those of `known` who are not here are gone. */
  everyoneSince(known: ReadonlySet<number>): readonly PresenceEntry[] {
    const changes = [...this.#people.values()].map(asChange);
    const clock = Math.max(this.#clock, this.#clockOfNow());
    for (const id of known) if (!this.#people.has(id)) changes.push(asChange({ id, clock, shown: NOBODY }));
    return changes;
  }

  /** What others have not heard yet, once. @param most people at once; the others wait for the next call (R6). */
  takeChanges(most = Number.POSITIVE_INFINITY): PresenceChange[] {
    const changes: PresenceChange[] = [];
    this.#clock = Math.max(this.#clock + 1, this.#clockOfNow());
    const clock = this.#clock;
    const now = this.#options.clock.now();
    let looked = 0;
    for (; looked < this.#changed.length && changes.length < most; looked++) {
      const person = this.#changed[looked] as Person;
      person.changed = false;
      if (this.#people.get(person.id) !== person) continue;
      person.clock = clock;
      person.sentAt = now;
      changes.push(asChange(person));
    }
    this.#changed = this.#changed.slice(looked);
    for (const id of this.#gone) {
      if (changes.length >= most) break;
      this.#gone.delete(id);
      changes.push(asChange({ id, clock, shown: NOBODY }));
    }
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
      person.others ??= [];
      person.others.push(seat);
      person.holder.peer.probe(this.#options.limits.holderMs);
      return;
    }
    this.#gone.delete(id);
    this.#clock = Math.max(this.#clock, this.#clockOfNow());
    this.#people.set(id, { id, holder: seat, others: undefined, shown: '', clock: this.#clock, changed: false, sentAt: 0 });
  }

  #show(person: Person): void {
    const { peer, state } = person.holder;
    const shown = state === null ? NOBODY : withRole(state, peer.role);
    if (shown === person.shown) return;
    person.shown = shown;
    this.#mark(person);
  }

  #mark(person: Person): void {
    if (person.changed) return;
    person.changed = true;
    this.#changed.push(person);
  }

  #clockOfNow(): number {
    return Math.max(1, Math.floor(this.#options.clock.now() / this.#options.limits.presenceMs));
  }
}

function asChange({ id, clock, shown }: Pick<Person, 'id' | 'clock' | 'shown'>): PresenceChange {
  return { id, shown, entry: encodeEntry(id, clock, shown) };
}

/** As `encodeEntry` of presence.ts, in bytes of Node's pool: entries are many, and gone as soon as they are in a message. */
function encodeEntry(id: number, clock: number, state: string): Uint8Array {
  const length = Buffer.byteLength(state);
  const bytes = Buffer.allocUnsafe(sizeOfVarUint(id) + sizeOfVarUint(clock) + sizeOfVarUint(length) + length);
  bytes.write(state, writeVarUint(bytes, writeVarUint(bytes, writeVarUint(bytes, 0, id), clock), length));
  return bytes;
}
