/** What the relay knows of a document without building it: how far each client's clock has come, and what is deleted. */
import { ByteReader, MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { ByteWriter } from './byte-writer';
import { DeletedRanges } from './deleted-ranges';
import type { Accepted } from './update-check';

export interface Knowledge {
  /** Client id → the clock that it writes next (a Yjs state vector). */
  readonly clocks: Map<number, number>;
  readonly deleted: DeletedRanges;
}

/** Client ids in a state vector; above it is no client's of ours, whatever its document holds. */
const LARGEST_STATE_VECTOR = 100_000;

export function emptyKnowledge(): Knowledge {
  return { clocks: new Map(), deleted: new DeletedRanges() };
}

/** Takes an accepted update into knowledge. */
export function learn(knowledge: Knowledge, verdict: Accepted): void {
  for (const { client, to } of verdict.advances) knowledge.clocks.set(client, to);
  for (const { client, ranges } of verdict.deletes) knowledge.deleted.add(client, ranges);
}

/** Exactly as y-protocols sends it, highest client first. */
export function encodeStateVector(clocks: ReadonlyMap<number, number>): Uint8Array {
  const writer = new ByteWriter(16 + clocks.size * 9);
  writer.writeVarUint(clocks.size);
  for (const [client, clock] of [...clocks].sort((a, b) => b[0] - a[0])) {
    writer.writeVarUint(client);
    writer.writeVarUint(clock);
  }
  return writer.view();
}

/** Reads a state vector that nobody checked. Throws {@link MalformedBytes}. */
export function decodeStateVector(bytes: Uint8Array): Map<number, number> {
  const reader = new ByteReader(bytes);
  const count = reader.readVarUint();
  if (count > reader.remaining / 2 || count > LARGEST_STATE_VECTOR) throw new MalformedBytes('a count is larger than what follows');
  const clocks = new Map<number, number>();
  for (let index = 0; index < count; index++) clocks.set(reader.readVarUint(), reader.readVarUint());
  reader.expectEnd();
  return clocks;
}
