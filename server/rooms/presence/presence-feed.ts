/**
 * Who is in one document, as events for whoever watches: what changed, numbered, so that a watcher that was cut off goes on
 * where it was.
 *
 * R1  A watcher hears `people` (everyone) first, or what it missed since the event it names; then every change, in order.
 * R2  An event id of another feed, of the future, or older than what is kept: `people`, never an error.
 * R3  Each `take` makes at most one event of each type: what the board coalesces stays coalesced.
 * R4  A renewal is no event. Whoever has nothing to show is not there.
 * R5  What is kept is bounded, and nothing is kept, nor even read, while nobody has watched for a while.
 * R6  Of a person there is a name, a colour, a role and a cursor, of known shape, and nothing else.
 */
import { LARGEST_STATE, type PresenceCursor, parsePresence } from '../../../src/shared/protocol/presence';
import type { Role } from '../../../src/shared/protocol/roles';
import type { DocumentId } from '../../../src/shared/protocol/routes';
import type { Clock } from '../ports';

export interface Person {
  /** The presence id: one per connection. */
  readonly id: number;
  /** May be empty: not everyone says who they are. */
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly role: Role;
  /** As Yjs relative positions; absent when the person is not in the text. */
  readonly cursor?: PresenceCursor;
}

export interface PresenceEvent {
  /** `moved`: a cursor, a name or a colour is another. `left` has the people as they were last seen. */
  readonly type: 'people' | 'joined' | 'moved' | 'role' | 'left';
  readonly document: DocumentId;
  /** `<epoch>-<seq>` */
  readonly id: string;
  readonly people: readonly Person[];
}

export type Watcher = (event: PresenceEvent) => void;

/** What others see of somebody from now on: JSON, `null` when there is nothing to see. */
export interface ShownChange {
  readonly id: number;
  readonly shown: string;
}

export interface PresenceFeedOptions {
  readonly document: DocumentId;
  /** Another for each feed there ever was. */
  readonly epoch: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Nobody watches any more. */
  readonly onUnwatched?: () => void;
}

const MOST_EVENTS = 512;
/** In all kept events together: one `moved` of a thousand people weighs as much as a thousand of one. */
const MOST_PEOPLE = 4_096;
/** A watcher that was cut off is back sooner, or starts anew. Milliseconds. */
const KEEP_MS = 60_000;
const NO_COLOR = '#808080';
/** What is shown of somebody who has nothing to show. */
const NOTHING = 'null';

interface Shown {
  readonly shown: string;
  /** Read when somebody watches. */
  person: Person | undefined;
}

interface Kept {
  readonly seq: number;
  readonly event: PresenceEvent;
}

export class PresenceFeed {
  readonly #options: PresenceFeedOptions;
  readonly #people = new Map<number, Shown>();
  readonly #watchers = new Set<Watcher>();
  #kept: Kept[] = [];
  #keptPeople = 0;
  #seq = 0;
  #unwatchedAt = Number.NEGATIVE_INFINITY;
  #everyone: PresenceEvent | undefined;

  constructor(options: PresenceFeedOptions) {
    this.#options = options;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Everyone, now. */
  get everyone(): PresenceEvent {
    this.#everyone ??= this.#event(
      'people',
      [...this.#people].flatMap(([id, shown]) => personOf(id, shown) ?? []),
    );
    return this.#everyone;
  }

  /** Tells at once what R1 says, then every change until the answer is called. */
  watch(watcher: Watcher, lastEventId?: string): () => void {
    const missed = this.#missedSince(lastEventId);
    if (missed === undefined) watcher(this.everyone);
    else for (const event of missed) watcher(event);
    // A set of functions would take a watcher that watches twice for one.
    const own: Watcher = (event) => watcher(event);
    this.#watchers.add(own);
    return () => {
      if (!this.#watchers.delete(own) || this.isWatched) return;
      this.#unwatchedAt = this.#options.clock.now();
      this.#options.onUnwatched?.();
    };
  }

  take(changes: readonly ShownChange[]): void {
    if (this.isWatched || this.#options.clock.now() - this.#unwatchedAt < KEEP_MS) this.#tell(changes);
    else this.#note(changes);
  }

  /** Nobody watches: who does later hears of everyone first, so there is nothing to tell apart. */
  #note(changes: readonly ShownChange[]): void {
    for (const { id, shown } of changes) {
      if (shown === NOTHING) this.#people.delete(id);
      else if (this.#people.get(id)?.shown !== shown) this.#people.set(id, { shown, person: undefined });
    }
    this.#seq++;
    this.#everyone = undefined;
    this.#kept = [];
    this.#keptPeople = 0;
  }

  #tell(changes: readonly ShownChange[]): void {
    const joined: Person[] = [];
    const moved: Person[] = [];
    const role: Person[] = [];
    const left: Person[] = [];
    for (const { id, shown } of changes) {
      const before = this.#people.get(id);
      if (before?.shown === shown) continue;
      const last = before === undefined ? undefined : personOf(id, before);
      const person = readPerson(id, shown);
      if (person === undefined) {
        this.#people.delete(id);
        if (last !== undefined) left.push(last);
        continue;
      }
      this.#people.set(id, { shown, person });
      if (last === undefined) joined.push(person);
      else if (last.role !== person.role) role.push(person);
      else moved.push(person);
    }
    this.#publish('left', left);
    this.#publish('joined', joined);
    this.#publish('role', role);
    this.#publish('moved', moved);
  }

  #publish(type: PresenceEvent['type'], people: readonly Person[]): void {
    if (people.length === 0) return;
    this.#seq++;
    this.#everyone = undefined;
    const event = this.#event(type, people);
    this.#keep(event);
    for (const watcher of [...this.#watchers]) watcher(event);
  }

  #keep(event: PresenceEvent): void {
    this.#kept.push({ seq: this.#seq, event });
    this.#keptPeople += event.people.length;
    while (this.#kept.length > MOST_EVENTS || this.#keptPeople > MOST_PEOPLE) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) return;
      this.#keptPeople -= oldest.event.people.length;
    }
  }

  /** `undefined` when only everyone will do (R2). */
  #missedSince(lastEventId: string | undefined): PresenceEvent[] | undefined {
    const seq = seqIn(lastEventId, this.#options.epoch);
    if (seq === undefined || seq > this.#seq || seq < this.#seq - this.#kept.length) return undefined;
    return this.#kept.filter((kept) => kept.seq > seq).map(({ event }) => event);
  }

  #event(type: PresenceEvent['type'], people: readonly Person[]): PresenceEvent {
    const { document, epoch } = this.#options;
    return { type, document, id: `${epoch}-${this.#seq}`, people };
  }
}

/** The number in `<epoch>-<seq>`, when it is of this epoch. */
export function seqIn(eventId: string | undefined, epoch: string): number | undefined {
  if (eventId === undefined || !eventId.startsWith(`${epoch}-`)) return undefined;
  const digits = eventId.slice(epoch.length + 1);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

function personOf(id: number, entry: Shown): Person | undefined {
  entry.person ??= readPerson(id, entry.shown);
  return entry.person;
}

function readPerson(id: number, shown: string): Person | undefined {
  // Other Yjs apps show what they like; with the role added it may just be too long to be looked into.
  const presence = shown.length > LARGEST_STATE ? {} : parsePresence(shown);
  if (presence === null) return undefined;
  const { user, cursor, role } = presence;
  return {
    id,
    name: user?.name ?? '',
    color: user?.color ?? NO_COLOR,
    role: role ?? 'viewer',
    ...(cursor === undefined ? {} : { cursor }),
  };
}
