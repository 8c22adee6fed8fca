/**
 * One document in which people type, and the proof that everybody received everything.
 *
 * R1  Each receiver sees each writer's edits in the order they were written, each once; anything else fails the run.
 * R2  A run ends when every edit has arrived at every other member, and fails when one has not.
 */
import { DelayHistogram } from '../measure/statistics.ts';
import type { Pace, Target } from './commands.ts';
import { findMark, MARK_LENGTH, numberOf, sentAtOf, writerOf } from './edit-mark.ts';
import { joinAll, type Member } from './member.ts';
import { TypingPerson } from './written-update.ts';

/** What all rooms of a run count together. */
export class Tally {
  #delays = new DelayHistogram();
  /** Edits sent from here to there are measured. Milliseconds of the generator's clock. */
  from = Number.POSITIVE_INFINITY;
  to = Number.POSITIVE_INFINITY;
  edits = 0;
  deliveries = 0;
  fault: string | undefined;
  lastArrival = 0;

  get delays(): DelayHistogram {
    return this.#delays;
  }

  /** Forgets the delays counted so far; returns where the next ones are counted. */
  startAnew(): DelayHistogram {
    this.#delays = new DelayHistogram();
    return this.#delays;
  }
}

export interface RoomOptions {
  readonly target: Target;
  readonly document: string;
  readonly members: number;
  readonly writers: number;
  readonly cursors: boolean;
  readonly pace: Pace;
  readonly firstClient: number;
  readonly tally: Tally;
}

/** Edits of one writer that may be under way at once; a power of two. */
const RING = 256;

export class RoomUnderLoad {
  readonly #options: RoomOptions;
  readonly #people: TypingPerson[] = [];
  /** By member: the number of the next edit of each writer. */
  readonly #expected: Uint32Array[] = [];
  /** By writer: at how many members each edit under way has arrived. */
  readonly #arrivals: Uint16Array[] = [];
  #members: readonly Member[] = [];
  #isWriting = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    for (let number = 0; number < options.writers; number++) {
      this.#people.push(new TypingPerson(options.firstClient + number, number));
      this.#arrivals.push(new Uint16Array(RING));
    }
    for (let number = 0; number < options.members; number++) this.#expected.push(new Uint32Array(options.writers));
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get writers(): number {
    return this.#people.length;
  }

  async join(): Promise<void> {
    const { target, document, members } = this.#options;
    const { port, dialect } = target;
    const options = Array.from({ length: members }, (_, number) => ({
      port,
      dialect,
      document,
      onUpdate: (bytes: Buffer, start: number, end: number) => this.#look(number, bytes, start, end),
    }));
    this.#members = await joinAll(options);
    if (this.#options.cursors) for (const [number, person] of this.#people.entries()) this.#member(number).showCursor(person.nextCursor());
  }

  start(): void {
    this.#isWriting = true;
    const { pace } = this.#options;
    if (pace.type !== 'saturated') return;
    for (let edit = 0; edit < pace.inFlight; edit++) this.type(edit % this.writers);
  }

  stop(): void {
    this.#isWriting = false;
  }

  /** One key, and the cursor behind it. */
  type(writer: number): void {
    const { tally, cursors } = this.#options;
    const person = this.#people[writer] as TypingPerson;
    const member = this.#member(writer);
    const now = performance.now();
    (this.#arrivals[writer] as Uint16Array)[person.edits % RING] = 0;
    if (now >= tally.from && now < tally.to) tally.edits++;
    member.write(person.nextUpdate(now));
    if (cursors) member.showCursor(person.nextCursor());
  }

  /** What has not arrived yet, in words; `undefined` when nothing is missing. */
  missing(): string | undefined {
    for (const [number, expected] of this.#expected.entries()) {
      for (const [writer, person] of this.#people.entries()) {
        const seen = expected[writer] as number;
        if (writer !== number && seen !== person.edits) {
          return `${this.#options.document}: member ${number} has ${seen} of the ${person.edits} edits of writer ${writer}`;
        }
      }
    }
    if (this.#options.target.dialect === 'weft') {
      for (const member of this.#members)
        if (member.saved < member.sent) return `${this.#options.document}: ${member.saved} of ${member.sent} are saved`;
    }
    return undefined;
  }

  closed(): string | undefined {
    return this.#members.find((member) => member.closedBecause !== undefined)?.closedBecause;
  }

  leave(): void {
    for (const member of this.#members) member.leave();
  }

  #member(number: number): Member {
    return this.#members[number] as Member;
  }

  #look(receiver: number, bytes: Buffer, start: number, end: number): void {
    const { tally } = this.#options;
    const expected = this.#expected[receiver] as Uint32Array;
    const now = performance.now();
    for (let mark = findMark(bytes, start, end); mark !== -1; mark = findMark(bytes, mark + MARK_LENGTH, end)) {
      const writer = writerOf(bytes, mark);
      // Some relays send a writer its own edits.
      if (writer === receiver) continue;
      const number = numberOf(bytes, mark);
      if (number !== expected[writer]) {
        tally.fault ??= `member ${receiver} got edit ${number} of writer ${writer} instead of edit ${expected[writer]}`;
        return;
      }
      expected[writer] = number + 1;
      tally.lastArrival = now;
      if (now >= tally.from && now < tally.to) tally.deliveries++;
      const sentAt = sentAtOf(bytes, mark);
      if (sentAt >= tally.from && sentAt < tally.to) tally.delays.add(now - sentAt);
      if (this.#options.pace.type === 'saturated') this.#countArrival(writer, number);
    }
  }

  #countArrival(writer: number, number: number): void {
    const arrivals = this.#arrivals[writer] as Uint16Array;
    const slot = number % RING;
    const arrived = (arrivals[slot] as number) + 1;
    arrivals[slot] = arrived;
    if (arrived === this.#options.members - 1 && this.#isWriting) this.type(writer);
  }
}
