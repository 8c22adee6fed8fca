/**
 * What LevelDB's files say about keys: entries of a commit in the log, and of a block in a table. Pure.
 *
 * R1  What is not exactly what LevelDB writes, to the last byte, is nothing.
 *
 * Formats: LevelDB's db/write_batch.cc and doc/table_format.md; behind each key of a table are its kind (1 byte) and its
 * sequence number (7), which says which of two entries with the same key is the newer one.
 */
import { VarintReader } from './varint-reader';

export interface LevelEntry {
  readonly key: Uint8Array;
  /** `undefined`: the key was removed. */
  readonly value: Uint8Array | undefined;
  /** Rises by one with every entry of the store. */
  readonly sequence: number;
  /** Whether the checksum of what it was in is right. */
  readonly isIntact: boolean;
}

const REMOVED = 0;
const PUT = 1;
const BATCH_HEADER = 12;
/** Kind and number behind each key of a table. */
export const KEY_SUFFIX = 8;

/** Of one commit; `undefined` when it is none. */
export function entriesOfBatch(batch: Uint8Array, isIntact: boolean): LevelEntry[] | undefined {
  if (batch.length < BATCH_HEADER) return undefined;
  const header = new DataView(batch.buffer, batch.byteOffset, BATCH_HEADER);
  const [first, count] = [Number(header.getBigUint64(0, true)), header.getUint32(8, true)];
  const reader = new VarintReader(batch, BATCH_HEADER);
  const entries: LevelEntry[] = [];
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    const key = reader.text();
    const value = kind === PUT ? reader.text() : undefined;
    if (key === undefined || (kind === PUT ? value === undefined : kind !== REMOVED)) return undefined;
    entries.push({ key, value, sequence: first + entries.length, isIntact });
  }
  return entries.length === count ? entries : undefined;
}

/** Of one block of records, uncompressed; `undefined` when it is none. */
export function entriesOfBlock(block: Uint8Array, isIntact: boolean): LevelEntry[] | undefined {
  const end = endOfEntries(block);
  // The first place to begin is the beginning.
  if (end === undefined || end + 4 >= block.length || viewOf(block).getUint32(end, true) !== 0) return undefined;
  const reader = new VarintReader(block, 0, end);
  const entries: LevelEntry[] = [];
  let key: Uint8Array = new Uint8Array();
  while (!reader.isAtEnd) {
    const [shared, own, length] = [reader.number(), reader.number(), reader.number()];
    if (shared === undefined || own === undefined || length === undefined || shared > key.length) return undefined;
    const [rest, value] = [reader.take(own), reader.take(length)];
    if (rest === undefined || value === undefined) return undefined;
    key = Buffer.concat([key.subarray(0, shared), rest]);
    const entry = entryOf(key, value, isIntact);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** Behind the entries of a block comes a list of places to begin, and how many; `undefined` when that cannot be. */
export function endOfEntries(block: Uint8Array): number | undefined {
  if (block.length < 4) return undefined;
  const end = block.length - 4 * (viewOf(block).getUint32(block.length - 4, true) + 1);
  return end < 0 ? undefined : end;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function entryOf(key: Uint8Array, value: Uint8Array, isIntact: boolean): LevelEntry | undefined {
  const end = key.length - KEY_SUFFIX;
  if (end < 0) return undefined;
  const kind = key[end];
  if (kind !== PUT && kind !== REMOVED) return undefined;
  const suffix = new DataView(key.buffer, key.byteOffset + end, KEY_SUFFIX).getBigUint64(0, true);
  return { key: key.subarray(0, end), value: kind === PUT ? value : undefined, sequence: Number(suffix >> 8n), isIntact };
}
