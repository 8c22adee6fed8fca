/**
 * May this update be believed, given what we know of the document? One walk over the bytes, before anything is kept or
 * passed on; no document is built.
 *
 * R1  Refused: bytes that break the format, more than the limits, text rules broken (struct-reader.ts).
 * R2  Refused: a struct that names itself or a later one of its own client, and structs that wait for each other.
 * R3  `gap`: a clock that does not follow ours, a struct or deletion that names what neither we nor the update have, a
 *     skip. Whoever sends it may be honest: it has something that we lack. The rest is well formed all the same.
 * R4  `nothing-new`: all structs and all deletions are known.
 * R5  `accepted`: the structs go on as received, and of the delete set what is new. If no struct is new, none goes on.
 * R6  Nothing changes here; `learn` takes an accepted update into knowledge.
 * R7  An update that R3–R5 accept is applied by Yjs without anything left pending.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { RelayLimits } from '../limits';
import type { DocumentRules } from '../ports';
import { encodeDeleteSet, normalise, type Ranges } from './deleted-ranges';
import type { Knowledge } from './knowledge';
import { type Block, type Need, waitForEachOther } from './struct-order';
import { CLOCK_END, DELETED, GARBAGE, NOBODY, SKIP, StructReader } from './struct-reader';

export type Verdict = Accepted | { readonly type: 'nothing-new' } | { readonly type: 'gap' };

export interface Accepted {
  readonly type: 'accepted';
  /** What goes on: the bytes as received where nothing had to be left out. */
  readonly update: Uint8Array;
  readonly advances: readonly Advance[];
  /** False: it only deletes. */
  readonly inserts: boolean;
  readonly deletes: readonly DeleteBlock[];
}

/** Clocks `[from, to)` of a client are new. */
export interface Advance {
  readonly client: number;
  readonly from: number;
  readonly to: number;
}

/** Ranges of one client that an update deletes; flat pairs as in deleted-ranges.ts. */
export interface DeleteBlock {
  readonly client: number;
  readonly ranges: Ranges;
}

export interface UpdateRules {
  readonly documents: DocumentRules;
  readonly limits: Pick<RelayLimits, 'documentBytes' | 'updateStructs' | 'updateClients' | 'documentClients'>;
}

/** Bytes that the shortest struct, block of structs, range and block of ranges take. */
const SHORTEST_STRUCT = 2;
const SHORTEST_BLOCK = 3 + SHORTEST_STRUCT;
const SHORTEST_RANGE = 2;
const SHORTEST_DELETE_BLOCK = 2;

const NOTHING_NEW: Verdict = { type: 'nothing-new' };
const GAP: Verdict = { type: 'gap' };
const NO_DELETES: readonly DeleteBlock[] = [];

/** Throws {@link Rejected} (`malformed`, `other-roots`, `too-large`). Does not change knowledge. */
export function checkUpdate(update: Uint8Array, knowledge: Knowledge, rules: UpdateRules): Verdict {
  if (update.length > rules.limits.documentBytes) throw new Rejected('too-large', `an update of ${update.length} bytes`);
  try {
    return new UpdateCheck(update, knowledge, rules).verdict();
  } catch (error) {
    if (error instanceof MalformedBytes) throw new Rejected('malformed', error.message);
    throw error;
  }
}

class UpdateCheck {
  readonly #reader: StructReader;
  readonly #knowledge: Knowledge;
  readonly #rules: UpdateRules;
  readonly #blocks: Block[] = [];
  /** Only where there is more than one block. */
  #blockOfClient: Map<number, Block> | undefined;
  /** References that our own clocks do not satisfy. */
  #needs: Need[] | undefined;
  #deletedByStructs: DeleteBlock[] | undefined;
  #isGap = false;

  constructor(update: Uint8Array, knowledge: Knowledge, rules: UpdateRules) {
    this.#reader = new StructReader(update);
    this.#knowledge = knowledge;
    this.#rules = rules;
  }

  verdict(): Verdict {
    this.#readBlocks();
    const deleteSetAt = this.#reader.position;
    const deleteSet = this.#readDeleteSet();
    this.#reader.expectEnd();
    if (this.#needs !== undefined && !this.#needs.every((need) => need.clock < this.#endOf(need.client))) this.#isGap = true;
    if (this.#isGap) return GAP;
    if (this.#needs !== undefined && waitForEachOther(this.#blocks, this.#needs)) throw new MalformedBytes('structs wait for each other');
    return this.#decide(deleteSetAt, deleteSet);
  }

  #decide(deleteSetAt: number, deleteSet: readonly DeleteBlock[]): Verdict {
    const advances = this.#advances();
    const newDeletes = deleteSet === NO_DELETES ? NO_DELETES : this.#missingOf(deleteSet);
    if (advances.length === 0 && newDeletes.length === 0) return NOTHING_NEW;
    const inserts = advances.length > 0;
    const buried = this.#deletedByStructs;
    const deletes = buried === undefined ? newDeletes : [...newDeletes, ...buried];
    return { type: 'accepted', update: this.#whatGoesOn(deleteSetAt, inserts, deleteSet, newDeletes), advances, inserts, deletes };
  }

  #whatGoesOn(deleteSetAt: number, inserts: boolean, deleteSet: readonly DeleteBlock[], newDeletes: readonly DeleteBlock[]): Uint8Array {
    const isAllNew = newDeletes.length === deleteSet.length && newDeletes.every((block, index) => block === deleteSet[index]);
    if (isAllNew && (inserts || this.#blocks.length === 0)) return this.#reader.bytes;
    const structs = inserts ? this.#reader.bytes.subarray(0, deleteSetAt) : Uint8Array.of(0);
    const deletes = encodeDeleteSet(newDeletes);
    const update = new Uint8Array(structs.length + deletes.length);
    update.set(structs);
    update.set(deletes, structs.length);
    return update;
  }

  #readBlocks(): void {
    const reader = this.#reader;
    const count = reader.readCount(SHORTEST_BLOCK);
    if (count > this.#rules.limits.updateClients) throw new Rejected('too-large', `${count} clients in an update`);
    if (count > 1) this.#blockOfClient = new Map();
    let structs = 0;
    for (let index = 0; index < count; index++) {
      const structsOfBlock = reader.readCount(SHORTEST_STRUCT);
      if (structsOfBlock === 0) throw new MalformedBytes('a client without structs');
      structs += structsOfBlock;
      if (structs > this.#rules.limits.updateStructs) throw new Rejected('too-large', `${structs} structs in an update`);
      this.#readBlock(structsOfBlock);
    }
  }

  #readBlock(structs: number): void {
    const reader = this.#reader;
    const client = reader.readVarUint();
    const first = reader.readVarUint();
    const known = this.#knowledge.clocks.get(client) ?? 0;
    if (first > known) this.#isGap = true;
    let buried: number[] | undefined;
    let clock = first;
    for (let index = 0; index < structs; index++) {
      reader.readStruct(this.#rules.documents);
      if (reader.originClient !== NOBODY) this.#checkReference(client, clock, reader.originClient, reader.originClock);
      if (reader.rightClient !== NOBODY) this.#checkReference(client, clock, reader.rightClient, reader.rightClock);
      if (reader.parentClient !== NOBODY) this.#checkReference(client, clock, reader.parentClient, reader.parentClock);
      const end = clock + reader.length;
      if (end >= CLOCK_END) throw new MalformedBytes('a clock is out of range');
      if (reader.content === SKIP) this.#isGap = true;
      else if ((reader.content === DELETED || reader.content === GARBAGE) && end > known) {
        buried ??= [];
        buried.push(Math.max(clock, known), end);
      }
      clock = end;
    }
    const block: Block = { client, first, known, end: clock };
    if (this.#blockOfClient?.has(client) === true) throw new MalformedBytes('a client comes twice');
    this.#blockOfClient?.set(client, block);
    this.#blocks.push(block);
    if (buried !== undefined) {
      this.#deletedByStructs ??= [];
      this.#deletedByStructs.push({ client, ranges: normalise(buried) });
    }
  }

  #checkReference(client: number, clock: number, toClient: number, toClock: number): void {
    if (toClient === client) {
      if (toClock >= clock) throw new MalformedBytes('a struct names itself or a later one');
      return;
    }
    if (toClock < (this.#knowledge.clocks.get(toClient) ?? 0)) return;
    this.#needs ??= [];
    this.#needs.push({ block: this.#blocks.length, at: clock, client: toClient, clock: toClock });
  }

  #readDeleteSet(): readonly DeleteBlock[] {
    const reader = this.#reader;
    const count = reader.readCount(SHORTEST_DELETE_BLOCK);
    if (count === 0) return NO_DELETES;
    const clients = count > 1 ? new Set<number>() : undefined;
    const blocks: DeleteBlock[] = [];
    let ranges = 0;
    for (let index = 0; index < count; index++) {
      const client = reader.readVarUint();
      if (clients?.has(client) === true) throw new MalformedBytes('a client comes twice');
      clients?.add(client);
      const rangesOfBlock = reader.readCount(SHORTEST_RANGE);
      ranges += rangesOfBlock;
      if (ranges > this.#rules.limits.updateStructs) throw new Rejected('too-large', `${ranges} deletions in an update`);
      blocks.push({ client, ranges: this.#readRanges(client, rangesOfBlock) });
    }
    return blocks;
  }

  #readRanges(client: number, count: number): Ranges {
    const reader = this.#reader;
    const end = this.#endOf(client);
    const ranges: number[] = [];
    let isInOrder = true;
    let last = -1;
    for (let index = 0; index < count; index++) {
      const from = reader.readVarUint();
      const to = from + reader.readLength();
      if (to >= CLOCK_END) throw new MalformedBytes('a clock is out of range');
      if (to > end) this.#isGap = true;
      if (from <= last) isInOrder = false;
      last = to;
      ranges.push(from, to);
    }
    return isInOrder ? ranges : normalise(ranges);
  }

  /** Where a client's clock stands once this update is taken in. */
  #endOf(client: number): number {
    const known = this.#knowledge.clocks.get(client) ?? 0;
    const block = this.#blockOfClient === undefined ? this.#blocks[0] : this.#blockOfClient.get(client);
    return block !== undefined && block.client === client && block.end > known ? block.end : known;
  }

  #advances(): readonly Advance[] {
    const advances: Advance[] = [];
    let newClients = 0;
    for (const { client, known, end } of this.#blocks) {
      if (end <= known) continue;
      if (known === 0) newClients++;
      advances.push({ client, from: known, to: end });
    }
    if (newClients > 0 && this.#knowledge.clocks.size + newClients > this.#rules.limits.documentClients)
      throw new Rejected('too-large', 'more clients than a document may have');
    return advances;
  }

  #missingOf(deleteSet: readonly DeleteBlock[]): readonly DeleteBlock[] {
    const missing: DeleteBlock[] = [];
    for (const block of deleteSet) {
      const ranges = this.#knowledge.deleted.missing(block.client, block.ranges);
      if (ranges.length > 0) missing.push(ranges === block.ranges ? block : { client: block.client, ranges });
    }
    return missing;
  }
}
