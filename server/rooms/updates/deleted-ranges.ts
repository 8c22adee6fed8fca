/**
 * Which clocks of a document are deleted: what tells a delete set that is new from one that comes back for the
 * thousandth time, kept in eight bytes a range.
 *
 * R1  Ranges of a client are sorted, never touch and never overlap.
 * R2  Lists of ranges are flat: `[from, to, from, to, …]`, each `[from, to)`, sorted and apart.
 */
import { ByteReader } from '../../../src/shared/protocol/byte-reader';
import { ByteWriter } from './byte-writer';

export type Ranges = readonly number[];

/** More than this many at once are merged in one pass instead of being put in one by one. */
const FEW = 16;

export class DeletedRanges {
  readonly #taken = new Map<number, SortedRanges>();
  #encoded: Uint8Array | undefined;
  /** Encoded, and not taken apart yet: most who open a document only read it. */
  #sealed: Uint8Array | undefined;

  /** @param encoded what {@link encode} gave; kept as it is until somebody looks into it. */
  static sealed(encoded: Uint8Array): DeletedRanges {
    const ranges = new DeletedRanges();
    ranges.#sealed = encoded;
    ranges.#encoded = encoded;
    return ranges;
  }

  get clients(): Iterable<number> {
    return this.#clients.keys();
  }

  rangesOf(client: number): Ranges {
    return [...(this.#clients.get(client)?.view() ?? [])];
  }

  get #clients(): Map<number, SortedRanges> {
    const sealed = this.#sealed;
    if (sealed !== undefined) {
      this.#sealed = undefined;
      this.read(new ByteReader(sealed));
      this.#encoded = sealed;
    }
    return this.#taken;
  }

  /** Takes ranges in. */
  add(client: number, ranges: Ranges): void {
    if (ranges.length === 0) return;
    let known = this.#clients.get(client);
    if (known === undefined) {
      known = new SortedRanges();
      this.#clients.set(client, known);
    }
    known.add(ranges);
    this.#encoded = undefined;
  }

  /** Takes in the delete set at the end of an update; throws MalformedBytes when there is anything else. */
  read(update: ByteReader): void {
    for (let blocks = update.readVarUint(); blocks > 0; blocks--) {
      const client = update.readVarUint();
      const ranges: number[] = [];
      let isInOrder = true;
      let end = -1;
      for (let count = update.readVarUint(); count > 0; count--) {
        const from = update.readVarUint();
        isInOrder &&= from > end;
        end = from + update.readVarUint();
        ranges.push(from, end);
      }
      this.add(client, isInOrder ? ranges : normalise(ranges));
    }
    update.expectEnd();
  }

  /** Of `ranges`, the parts that are not known yet; `ranges` itself when nothing of it is known. */
  missing(client: number, ranges: Ranges): Ranges {
    return this.#clients.get(client)?.missing(ranges) ?? ranges;
  }

  /** All of it as the delete set of an update (format v1), highest client first as Yjs writes it. */
  encode(): Uint8Array {
    this.#encoded ??= encodeDeleteSet([...this.#clients].map(([client, ranges]) => ({ client, ranges: ranges.view() })));
    return this.#encoded;
  }
}

/** The delete set of an update (format v1). */
export function encodeDeleteSet(blocks: readonly { readonly client: number; readonly ranges: ArrayLike<number> }[]): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarUint(blocks.length);
  for (const { client, ranges } of [...blocks].sort((a, b) => b.client - a.client)) {
    writer.writeVarUint(client);
    writer.writeVarUint(ranges.length / 2);
    for (let index = 0; index < ranges.length; index += 2) {
      const from = ranges[index] as number;
      writer.writeVarUint(from);
      writer.writeVarUint((ranges[index + 1] as number) - from);
    }
  }
  return writer.view();
}

/** Sorts ranges and joins those that touch, so that R2 holds. */
export function normalise(ranges: Ranges): Ranges {
  const order = Array.from({ length: ranges.length / 2 }, (_, index) => index * 2);
  order.sort((a, b) => (ranges[a] as number) - (ranges[b] as number));
  const joined: number[] = [];
  for (const index of order) pushJoined(joined, ranges[index] as number, ranges[index + 1] as number);
  return joined;
}

class SortedRanges {
  #items = new Int32Array(4);
  #length = 0;

  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }

  add(ranges: Ranges): void {
    if (this.#length === 0) {
      this.#items = Int32Array.from(ranges);
      this.#length = ranges.length;
      return;
    }
    if (ranges.length <= 2 * FEW) {
      for (let index = 0; index < ranges.length; index += 2) this.#addOne(ranges[index] as number, ranges[index + 1] as number);
      return;
    }
    const joined = merge(this.view(), ranges);
    this.#items = Int32Array.from(joined);
    this.#length = joined.length;
  }

  missing(ranges: Ranges): Ranges {
    const missing: number[] = [];
    let isAllMissing = true;
    for (let index = 0; index < ranges.length; index += 2) {
      let from = ranges[index] as number;
      const to = ranges[index + 1] as number;
      for (let at = this.#firstEndingAfter(from); at < this.#length && from < to; at += 2) {
        const knownFrom = this.#items[at] as number;
        if (knownFrom >= to) break;
        isAllMissing = false;
        if (knownFrom > from) missing.push(from, knownFrom);
        from = this.#items[at + 1] as number;
      }
      if (from < to) missing.push(from, to);
    }
    return isAllMissing ? ranges : missing;
  }

  #addOne(from: number, to: number): void {
    const first = this.#firstEndingAfter(from - 1);
    let after = first;
    let joinedFrom = from;
    let joinedTo = to;
    while (after < this.#length && (this.#items[after] as number) <= to) {
      joinedFrom = Math.min(joinedFrom, this.#items[after] as number);
      joinedTo = Math.max(joinedTo, this.#items[after + 1] as number);
      after += 2;
    }
    this.#moveTail(after, first + 2);
    this.#items[first] = joinedFrom;
    this.#items[first + 1] = joinedTo;
  }

  /** Makes what begins at `from` begin at `to`. */
  #moveTail(from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#items.length) {
      const larger = new Int32Array(this.#items.length * 2);
      larger.set(this.view());
      this.#items = larger;
    }
    if (from < this.#length && from !== to) this.#items.copyWithin(to, from, this.#length);
    this.#length = length;
  }

  /** Index of the first range that ends after `clock`; where the last one ends most often, so that is looked at first. */
  #firstEndingAfter(clock: number): number {
    if (this.#length === 0 || (this.#items[this.#length - 1] as number) <= clock) return this.#length;
    let low = 0;
    let high = this.#length / 2 - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle * 2 + 1] as number) > clock) high = middle;
      else low = middle + 1;
    }
    return low * 2;
  }
}

function merge(known: Int32Array, ranges: Ranges): number[] {
  const joined: number[] = [];
  let at = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const from = ranges[index] as number;
    for (; at < known.length && (known[at] as number) <= from; at += 2) pushJoined(joined, known[at] as number, known[at + 1] as number);
    pushJoined(joined, from, ranges[index + 1] as number);
  }
  for (; at < known.length; at += 2) pushJoined(joined, known[at] as number, known[at + 1] as number);
  return joined;
}

/** Appends a range that begins no earlier than the last one. */
function pushJoined(ranges: number[], from: number, to: number): void {
  const lastTo = ranges[ranges.length - 1];
  if (lastTo === undefined || from > lastTo) ranges.push(from, to);
  else if (to > lastTo) ranges[ranges.length - 1] = to;
}
