/**
 * Everything in a table of LevelDB that can be read, however the rest of it is damaged. Pure.
 *
 * R1  A block has to be exactly one, to the last byte. Of one whose checksum is wrong the entries are told apart from others.
 * R2  Where the end of the table does not say any more where blocks are, they are read from the beginning, each behind the one
 *     before. Never by looking for one: what people write is in there, and could look like one.
 */
import { crc32cWith, unmasked } from './crc32c';
import { entriesOfBlock, type LevelEntry } from './level-entries';
import { recordBlocksOf, SNAPPY, salvageContents, TRAILER } from './level-table';

/** @param onDamage gets where something is that cannot be read. */
export function* salvageTable(table: Uint8Array, onDamage: (at: number) => void): Iterable<LevelEntry> {
  const blocks = recordBlocksOf(table);
  if (blocks === undefined) {
    onDamage(yield* salvageFromStart(table));
    return;
  }
  for (const handle of blocks) {
    const block = salvageContents(table, handle);
    if (block?.isIntact !== true) onDamage(handle.offset);
    if (block !== undefined) yield* entriesOfBlock(block.contents, block.isIntact) ?? [];
  }
}

/** R2. Returns where it came to an end. */
function* salvageFromStart(table: Uint8Array): Generator<LevelEntry, number> {
  for (let at = 0; ; ) {
    const block = blockAt(table, at);
    if (block === undefined) return at;
    yield* block.entries;
    at = block.end;
  }
}

/** The block that begins there: it ends where first its checksum is right, and it is exactly one. */
function blockAt(table: Uint8Array, offset: number): { readonly entries: LevelEntry[]; readonly end: number } | undefined {
  let checksum = 0;
  for (let kindAt = offset; kindAt + TRAILER <= table.length; kindAt++) {
    const byte = table[kindAt] as number;
    checksum = crc32cWith(checksum, byte);
    if (byte > SNAPPY || unmasked(table, kindAt + 1) !== checksum) continue;
    const block = salvageContents(table, { offset, size: kindAt - offset });
    const entries = block && entriesOfBlock(block.contents, true);
    if (entries !== undefined) return { entries, end: kindAt + TRAILER };
  }
  return undefined;
}
