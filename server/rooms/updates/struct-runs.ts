/**
 * The structs of updates that were accepted one after the other, kept as bytes, client by client: because each
 * continues where its client's clock stood, putting their bytes one after the other *is* merging them. So what somebody
 * lacks is a copy of the end of each run, however many updates it came in.
 */
import * as Y from 'yjs';
import { ByteWriter } from './byte-writer';
import { StructReader } from './struct-reader';

/** Structs between two marks; a copy walks over at most so many to find its beginning. */
const MARK_EVERY = 64;

/** Bytes of a number as lib0 writes it. */
const LONGEST_NUMBER = 8;

/** An update does not follow what was appended before it. */
export class OutOfOrder extends Error {
  override readonly name = 'OutOfOrder';
}

export interface StructsOfClient {
  readonly count: number;
  readonly parts: readonly Uint8Array[];
}

export class StructRuns {
  readonly #runs = new Map<number, Run>();

  /**
   * Appends the structs of an accepted update. `ends` knows where each client's clock stands and is moved on; what an
   * update repeats is left out. Bytes of a client's first update are kept as they are, so they must not change. The reader
   * stands at the delete set then.
   */
  append(update: Uint8Array, ends: Map<number, number>): StructReader {
    const reader = new StructReader(update);
    for (let blocks = reader.readVarUint(); blocks > 0; blocks--) {
      const count = reader.readVarUint();
      const client = reader.readVarUint();
      const clock = reader.readVarUint();
      const end = ends.get(client) ?? 0;
      if (clock > end) throw new OutOfOrder(`update begins at clock ${clock} where ${end} comes next`);
      this.#appendBlock(reader, { count, client, clock, end }, ends);
    }
    return reader;
  }

  /** What a client wrote from `clock` on; `undefined` when there is nothing. */
  from(client: number, clock: number): StructsOfClient | undefined {
    return this.#runs.get(client)?.from(clock);
  }

  #appendBlock(
    reader: StructReader,
    block: { count: number; client: number; clock: number; end: number },
    ends: Map<number, number>,
  ): void {
    let { clock } = block;
    let run: Run | undefined;
    let start = reader.position;
    let startClock = clock;
    let startStruct = 0;
    const marks: Mark[] = [];
    for (let index = 0; index < block.count; index++) {
      const at = reader.position;
      reader.readStruct('any');
      const next = clock + reader.length;
      if (next <= block.end) {
        start = reader.position;
        startClock = next;
        startStruct = index + 1;
      } else {
        run ??= this.#runOf(block.client, block.end);
        if (clock < block.end) {
          run.append(cutStruct(reader.bytes.subarray(at, reader.position), block.client, clock, block.end), 1, []);
          start = reader.position;
          startClock = next;
          startStruct = index + 1;
        } else if (index > startStruct && (index - startStruct) % MARK_EVERY === 0)
          marks.push({ clock, offset: at - start, structs: index - startStruct });
      }
      clock = next;
    }
    if (run === undefined) return;
    if (start < reader.position) {
      marks.unshift({ clock: startClock, offset: 0, structs: 0 });
      run.append(reader.bytes.subarray(start, reader.position), block.count - startStruct, marks);
    }
    run.end = clock;
    ends.set(block.client, clock);
  }

  #runOf(client: number, first: number): Run {
    let run = this.#runs.get(client);
    if (run === undefined) {
      run = new Run(client, first);
      this.#runs.set(client, run);
    }
    return run;
  }
}

/** Before struct number `structs` of a run: the clock it has and where its bytes begin. */
interface Mark {
  readonly clock: number;
  readonly offset: number;
  readonly structs: number;
}

class Run {
  readonly client: number;
  readonly first: number;
  end: number;
  #count = 0;
  #bytes: ByteWriter | undefined;
  readonly #marks: Mark[] = [];

  constructor(client: number, first: number) {
    this.client = client;
    this.first = first;
    this.end = first;
  }

  append(bytes: Uint8Array, count: number, marks: readonly Mark[]): void {
    const offset = this.#bytes?.length ?? 0;
    for (const mark of marks) {
      const last = this.#marks[this.#marks.length - 1];
      const structs = this.#count + mark.structs;
      if (last === undefined || structs >= last.structs + MARK_EVERY)
        this.#marks.push({ clock: mark.clock, offset: offset + mark.offset, structs });
    }
    if (this.#bytes === undefined) this.#bytes = ByteWriter.startingWith(bytes);
    else this.#bytes.writeBytes(bytes);
    this.#count += count;
  }

  from(clock: number): StructsOfClient | undefined {
    if (clock >= this.end || this.#bytes === undefined) return undefined;
    if (clock <= this.first) return { count: this.#count, parts: [this.#bytes.view()] };
    const reader = new StructReader(this.#bytes.view());
    const mark = this.#lastMarkUpTo(clock);
    reader.position = mark.offset;
    let at = mark.clock;
    for (let structs = mark.structs; ; structs++) {
      if (at === clock) return { count: this.#count - structs, parts: [this.#bytes.view(reader.position)] };
      const start = reader.position;
      reader.readStruct('any');
      if (at + reader.length > clock) {
        const cut = cutStruct(this.#bytes.view(start, reader.position), this.client, at, clock);
        return { count: this.#count - structs, parts: [cut, this.#bytes.view(reader.position)] };
      }
      at += reader.length;
    }
  }

  #lastMarkUpTo(clock: number): Mark {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#marks[middle] as Mark).clock <= clock) low = middle;
      else high = middle - 1;
    }
    const mark = this.#marks[low];
    return mark === undefined || mark.clock > clock ? { clock: this.first, offset: 0, structs: 0 } : mark;
  }
}

/** One update (format v1) of what the clients wrote from these clocks on; `runs` in the order in which they follow. */
export function encodeRuns(
  clients: readonly { readonly client: number; readonly from: number }[],
  runs: readonly StructRuns[],
  deleteSet: Uint8Array,
): Uint8Array {
  const blocks = clients.map(({ client, from }) => ({ client, from, parts: runs.flatMap((each) => each.from(client, from) ?? []) }));
  // Highest client first, as Yjs writes them.
  blocks.sort((a, b) => b.client - a.client);
  // In one piece: it may be kept, and what is long would be copied again and again while it grows.
  const writer = new ByteWriter(bytesOf(blocks) + deleteSet.length);
  writer.writeVarUint(blocks.length);
  for (const { client, from, parts } of blocks) {
    writer.writeVarUint(parts.reduce((count, part) => count + part.count, 0));
    writer.writeVarUint(client);
    writer.writeVarUint(from);
    for (const part of parts) for (const bytes of part.parts) writer.writeBytes(bytes);
  }
  writer.writeBytes(deleteSet);
  return writer.view();
}

/** No less than they take: three numbers before each, and one before all of them. */
function bytesOf(blocks: readonly { readonly parts: readonly StructsOfClient[] }[]): number {
  let bytes = LONGEST_NUMBER;
  for (const { parts } of blocks) {
    bytes += 3 * LONGEST_NUMBER;
    for (const part of parts) for (const each of part.parts) bytes += each.length;
  }
  return bytes;
}

/** The part of a struct from `from` on. Yjs does it, so that it is cut just as Yjs cuts it. */
function cutStruct(struct: Uint8Array, client: number, clock: number, from: number): Uint8Array {
  const whole = new ByteWriter();
  for (const number of [1, 1, client, clock]) whole.writeVarUint(number);
  whole.writeBytes(struct);
  whole.writeVarUint(0);
  const stateVector = new ByteWriter();
  for (const number of [1, client, from]) stateVector.writeVarUint(number);
  const rest = new StructReader(Y.diffUpdate(whole.view(), stateVector.view()));
  for (let number = 0; number < 4; number++) rest.readVarUint();
  return rest.bytes.subarray(rest.position, rest.bytes.length - 1);
}
