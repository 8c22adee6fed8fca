/**
 * What leaves a room in one flush, wrapped for one kind of transport: the updates, then the presence of all.
 *
 * R1  Who only listens gets the same bytes as all the others.
 * R2  Who sent some of it, or is one of the people, gets what lies between its own, in one piece.
 */
import { encodeFrame } from '../../../src/shared/protocol/frames';
import type { Framing } from '../ports';
import { indexOf, joinBytes, PeopleFrames } from '../presence/people-frames';
import type { PresenceChange } from '../presence/presence-board';
import type { Recipient } from './recipient';

export interface Content {
  readonly messages: readonly Uint8Array[];
  /** The number of the first message. */
  readonly firstUpdate: number;
  readonly changes: readonly PresenceChange[];
}

export interface Progress {
  readonly received: number;
  readonly saved: number;
}

export class Batch {
  readonly framing: Framing;
  /** A Buffer, because sockets make one of every other kind of bytes, once for each peer. */
  readonly bytes: Uint8Array;
  readonly #changes: readonly PresenceChange[];
  readonly #people: PeopleFrames | undefined;
  /** Where each update begins; one more for where the last ends. */
  readonly #starts: readonly number[];

  constructor(framing: Framing, { messages, firstUpdate, changes }: Content) {
    const framed = messages.map((message, index) => framing.frame(message, firstUpdate + index));
    const starts = [0];
    let end = 0;
    for (const message of framed) {
      end += message.length;
      starts.push(end);
    }
    const people = changes.length > 0 ? new PeopleFrames(framing, changes) : undefined;
    if (people !== undefined) framed.push(people.bytes);
    this.framing = framing;
    this.bytes = joinBytes(framed);
    this.#people = people;
    this.#changes = changes;
    this.#starts = starts;
  }

  /** What this recipient is to have of it (R2), and its progress behind that: a copy costs less than a call of the system. */
  viewFor({ own, seat, introduced }: Recipient, progress: Progress | undefined): Uint8Array {
    const { bytes, framing } = this;
    const starts = this.#starts;
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const index of own) {
      const start = starts[index] as number;
      if (start > from) parts.push(bytes.subarray(from, start));
      from = starts[index + 1] as number;
    }
    const seesAll = introduced && indexOf(this.#changes, seat.id) === -1;
    const end = seesAll ? bytes.length : (starts[starts.length - 1] as number);
    if (end > from) parts.push(bytes.subarray(from, end));
    if (introduced && !seesAll && this.#people !== undefined) parts.push(...this.#people.partsFor(seat.id));
    if (progress !== undefined) parts.push(framing.frame(encodeFrame({ type: 'progress', ...progress })));
    return joinBytes(parts);
  }
}
