/**
 * What is told of many people, wrapped for one kind of transport: to each recipient all but its own entry.
 *
 * R1  Recipients share the bytes of everyone else: what is made for one of them is the part that its own entry is in. So a
 *     thousand people who hear of a thousand weigh what the thousand weigh, and not a thousand times that.
 * R2  Parts are whole messages, in the order of the entries.
 */
import { encodeFrame, writeAwarenessFrame } from '../../../src/shared/protocol/frames';
import type { Framing } from '../ports';

/** One entry of an awareness frame. */
export interface PresenceEntry {
  readonly id: number;
  /** Encoded. */
  readonly entry: Uint8Array;
}

/** y-protocols: an awareness frame without entries. The smallest thing that every client takes for a sign of life, and the answer where nobody is. */
export const NOBODY_FRAME = encodeFrame({ type: 'awareness', entries: Uint8Array.of(0) });

/** People in one message: as many as are cheap to write once more for each of them. */
const IN_A_PART = 32;

export class PeopleFrames {
  readonly framing: Framing;
  /** What who is none of them gets. */
  readonly bytes: Uint8Array;
  readonly #entries: readonly PresenceEntry[];
  /** Where each part begins; one more for where the last ends. */
  readonly #starts: readonly number[];

  constructor(framing: Framing, entries: readonly PresenceEntry[]) {
    const parts: Uint8Array[] = [];
    const starts = [0];
    let end = 0;
    for (let from = 0; from < entries.length; from += IN_A_PART) {
      const part = framing.frame(messageOf(entries, from, from + IN_A_PART));
      parts.push(part);
      end += part.length;
      starts.push(end);
    }
    this.framing = framing;
    this.bytes = joinBytes(parts);
    this.#entries = entries;
    this.#starts = starts;
  }

  /** Without the entry of `except`; nothing when nothing is left. */
  partsFor(except: number | undefined): readonly Uint8Array[] {
    const own = indexOf(this.#entries, except);
    if (own === -1) return [this.bytes];
    const part = Math.floor(own / IN_A_PART);
    const first = part * IN_A_PART;
    const parts: Uint8Array[] = [];
    if (part > 0) parts.push(this.bytes.subarray(0, this.#starts[part]));
    // Else its own was the only one.
    if (Math.min(this.#entries.length - first, IN_A_PART) > 1)
      parts.push(this.framing.frame(messageOf(this.#entries, first, first + IN_A_PART, except)));
    if (part + 2 < this.#starts.length) parts.push(this.bytes.subarray(this.#starts[part + 1]));
    return parts;
  }
}

/** −1 when nobody has this id. */
export function indexOf(entries: readonly PresenceEntry[], id: number | undefined): number {
  for (let index = 0; index < entries.length; index++) if (entries[index]?.id === id) return index;
  return -1;
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  // Written in full below, so old memory never shows.
  const joined = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function messageOf(entries: readonly PresenceEntry[], from: number, to: number, except?: number): Uint8Array {
  const meant: Uint8Array[] = [];
  for (let index = from; index < to && index < entries.length; index++) {
    const { id, entry } = entries[index] as PresenceEntry;
    if (id !== except) meant.push(entry);
  }
  // From Node's pool, for it is gone as soon as it is framed.
  return writeAwarenessFrame(meant, (bytes) => Buffer.allocUnsafe(bytes));
}
