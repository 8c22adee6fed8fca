/**
 * What one person's typing looks like on the wire, written by hand: every update inserts one mark behind the one before,
 * every cursor is where that typing is. Format: Yjs's UpdateEncoderV1 and y-protocols/awareness.
 */
import { varString, varUint } from './bytes.ts';
import { MARK_LENGTH, writeMark } from './edit-mark.ts';
import { presenceEntry } from './presence-entry.ts';

const STRING = 4;
const HAS_ORIGIN = 0x80;
const IN_A_ROOT = 1;
const NO_DELETES = 0;

export class TypingPerson {
  readonly client: number;
  readonly #number: number;
  readonly #name: string;
  #edits = 0;
  #moves = 0;

  /** @param number among those who write into the same document. */
  constructor(client: number, number: number) {
    this.client = client;
    this.#number = number;
    this.#name = `Person ${number}`;
  }

  get edits(): number {
    return this.#edits;
  }

  nextUpdate(now: number): Uint8Array {
    const clock = this.#edits * MARK_LENGTH;
    const place = clock === 0 ? [STRING, IN_A_ROOT, ...varString('content')] : [STRING | HAS_ORIGIN, ...this.#id(clock - 1)];
    const head = [1, 1, ...this.#id(clock), ...place, MARK_LENGTH];
    const update = new Uint8Array(head.length + MARK_LENGTH + 1);
    update.set(head);
    writeMark(update, head.length, this.#number, this.#edits, now);
    update[update.length - 1] = NO_DELETES;
    this.#edits++;
    return update;
  }

  nextCursor(): Uint8Array {
    this.#moves++;
    const place = { client: this.client, clock: Math.max(0, this.#edits * MARK_LENGTH - 1) };
    return presenceEntry(this.client, this.#moves, { name: this.#name, color: '#3066be', anchor: place, head: place });
  }

  #id(clock: number): number[] {
    return [...varUint(this.client), ...varUint(clock)];
  }
}
