/**
 * Looks through a table of LevelDB before LevelDB does. LevelDB believes what is in a block without looking at its checksum, and
 * over some damage it ends the process: an assertion of its own, or memory that nobody has. Nothing could say why.
 *
 * Format (LevelDB's doc/table_format.md): blocks, each followed by its compression (1 byte) and a masked CRC-32C (4); at the end
 * a footer that says where the index is, which says where each block is.
 *
 * R1  What belongs to nobody's records (footer, index, filter) has to be as it was written.
 * R2  A damaged block of records costs those whose records are in it, and is left to the checksums of the records (records.ts),
 *     unless LevelDB would not live to read it.
 */
import { crc32c, unmasked } from './crc32c';
import { endOfEntries, KEY_SUFFIX } from './level-entries';
import { uncompress, uncompressedLength } from './snappy';
import { type Handle, VarintReader } from './varint-reader';

const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Of a block: how it is compressed (1 byte), and a checksum. */
export const TRAILER = 5;
export const SNAPPY = 1;
/** No element of it makes more bytes than this. */
const MOST_FROM_SNAPPY = 64;
/** No block of ours is larger: one record, and what is in its block beside it. */
const LARGEST_BLOCK = 2 ** 30;

/** Where the first damage begins that LevelDB must not see; `undefined` when it can be trusted with the table. */
export function findDeadlyDamage(table: Uint8Array): number | undefined {
  const footer = table.length - FOOTER;
  if (footer < 0 || MAGIC.some((byte, index) => table[table.length - MAGIC.length + index] !== byte)) return Math.max(footer, 0);
  const reader = new VarintReader(table, footer, table.length - MAGIC.length);
  const [filters, index] = [reader.handle(), reader.handle()];
  if (filters === undefined || index === undefined) return footer;
  const records: Handle[] = [];
  for (const [handle, isIndex] of [
    [filters, false],
    [index, true],
  ] as const) {
    const handles = handlesIn(table, handle);
    if (handles === undefined) return Math.min(handle.offset, footer);
    if (isIndex) records.push(...handles);
    // R1
    else for (const filter of handles) if (!isIntact(table, filter)) return Math.min(filter.offset, footer);
  }
  return records.find((handle) => !isIntact(table, handle) && isDeadly(table, handle))?.offset;
}

/** Where its records are; `undefined` when its end does not say any more. */
export function recordBlocksOf(table: Uint8Array): Handle[] | undefined {
  const footer = table.length - FOOTER;
  if (footer < 0) return undefined;
  const reader = new VarintReader(table, footer);
  const index = reader.handle() && reader.handle();
  return index === undefined ? undefined : handlesIn(table, index);
}

/** Of a block, whether it is as it was written or not. `undefined` when it cannot be read at all. */
export function salvageContents(
  table: Uint8Array,
  handle: Handle,
): { readonly contents: Uint8Array; readonly isIntact: boolean } | undefined {
  const bytes = table.subarray(handle.offset, handle.offset + handle.size);
  if (handle.offset + handle.size + TRAILER > table.length) return undefined;
  const isImpossible = table[handle.offset + handle.size] === SNAPPY && (uncompressedLength(bytes) ?? 0) > MOST_FROM_SNAPPY * handle.size;
  const contents = isImpossible ? undefined : contentsOf(table, handle);
  return contents && { contents, isIntact: isIntact(table, handle) };
}

function isInside(table: Uint8Array, { offset, size }: Handle): boolean {
  return offset + size + TRAILER <= table.length - FOOTER;
}

function isIntact(table: Uint8Array, handle: Handle): boolean {
  const end = handle.offset + handle.size + 1;
  if (end + TRAILER - 1 > table.length) return false;
  return unmasked(table, end) === crc32c(table.subarray(handle.offset, end));
}

function contentsOf(table: Uint8Array, { offset, size }: Handle): Uint8Array | undefined {
  const bytes = table.subarray(offset, offset + size);
  return table[offset + size] === SNAPPY ? uncompress(bytes) : bytes;
}

/** Of a block whose values say where other blocks are; `undefined` when it is not as it was written. */
function handlesIn(table: Uint8Array, handle: Handle): Handle[] | undefined {
  const contents = isIntact(table, handle) ? contentsOf(table, handle) : undefined;
  if (contents === undefined) return undefined;
  const handles: Handle[] = [];
  for (const { value } of entriesFrom(contents, 0)) {
    const found = new VarintReader(contents, value.start, value.end).handle();
    if (found === undefined) return undefined;
    handles.push(found);
  }
  return handles;
}

/** R2: what LevelDB would make of a block that is not as it was written. */
function isDeadly(table: Uint8Array, handle: Handle): boolean {
  // LevelDB finds out by itself, and says so.
  if (!isInside(table, handle)) return handle.size > LARGEST_BLOCK;
  const bytes = table.subarray(handle.offset, handle.offset + handle.size);
  if (table[handle.offset + handle.size] === SNAPPY && (uncompressedLength(bytes) ?? 0) > LARGEST_BLOCK) return true;
  const contents = contentsOf(table, handle);
  return contents !== undefined && restartsOf(contents).some((at) => entriesFrom(contents, at).some(({ isDeadly: kills }) => kills));
}

interface Entry {
  readonly value: { readonly start: number; readonly end: number };
  /** LevelDB goes on with it, and does not survive that. */
  readonly isDeadly: boolean;
}

/** As LevelDB reads on from one place: until the end, or until what it takes for a bad entry itself. */
function entriesFrom(block: Uint8Array, from: number): Entry[] {
  const limit = endOfEntries(block);
  const entries: Entry[] = [];
  let keyLength = 0;
  for (let at = from; limit !== undefined && at < limit; ) {
    const reader = new VarintReader(block, at, limit);
    const [shared, own, length] = [reader.number(), reader.number(), reader.number()];
    if (shared === undefined || own === undefined || length === undefined) break;
    // In LevelDB both are of 32 bits, and so is their sum.
    const isOverflow = own + length >= 2 ** 32;
    if (!isOverflow && reader.at + own + length > limit) break;
    if (shared > keyLength) break;
    keyLength = shared + own;
    const start = reader.at + own;
    // LevelDB asserts that number and kind are behind the key.
    entries.push({ value: { start, end: start + length }, isDeadly: isOverflow || keyLength < KEY_SUFFIX });
    if (isOverflow) break;
    at = start + length;
  }
  return entries;
}

/** Places from which LevelDB may begin to read: where a key is written whole. */
function restartsOf(block: Uint8Array): number[] {
  const limit = endOfEntries(block);
  if (limit === undefined) return [];
  const restarts = new Set([0]);
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  for (let at = limit; at + 4 < block.length; at += 4) restarts.add(view.getUint32(at, true));
  return [...restarts].filter((at) => at < limit);
}
