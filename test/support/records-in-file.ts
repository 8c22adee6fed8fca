/** Whose records are where in a file of LevelDB that is not damaged: for tests that damage it. */
import { entriesOfBatch, entriesOfBlock, type LevelEntry } from '../../server/storage/level-entries';
import { recordBlocksOf, salvageContents } from '../../server/storage/level-table';

interface Place {
  readonly from: number;
  readonly to: number;
  readonly documents: ReadonlySet<string>;
}

const BLOCK = 32 * 1024;
const HEADER = 7;

/** Documents that have anything in these bytes, and maybe others. */
export function documentsIn(name: string, bytes: Uint8Array, from: number, to: number): Set<string> {
  const places = name.endsWith('.log') ? placesInLog(bytes) : placesInTable(bytes);
  // Damage to the length of a record in a log costs the rest of its block.
  const reach = name.endsWith('.log') ? Math.ceil(to / BLOCK) * BLOCK : to;
  return new Set(places.filter((place) => place.from < reach && place.to > from).flatMap(({ documents }) => [...documents]));
}

function placesInTable(table: Uint8Array): Place[] {
  return (recordBlocksOf(table) ?? []).map((handle) => {
    const block = salvageContents(table, handle);
    const entries = (block && entriesOfBlock(block.contents, true)) ?? [];
    return { from: handle.offset, to: handle.offset + handle.size + 5, documents: documentsOf(entries) };
  });
}

function placesInLog(log: Uint8Array): Place[] {
  const places: Place[] = [];
  let [from, pieces] = [0, [] as Uint8Array[]];
  for (let at = 0; at + HEADER <= log.length; ) {
    if (BLOCK - (at % BLOCK) < HEADER) {
      at += BLOCK - (at % BLOCK);
      continue;
    }
    const to = at + HEADER + ((log[at + 4] as number) | ((log[at + 5] as number) << 8));
    const type = log[at + 6] as number;
    if (type === 1 || type === 2) [from, pieces] = [at, []];
    pieces.push(log.subarray(at + HEADER, to));
    if (type === 1 || type === 4) places.push({ from, to, documents: documentsOf(entriesOfBatch(Buffer.concat(pieces), true) ?? []) });
    at = to;
  }
  return places;
}

function documentsOf(entries: readonly LevelEntry[]): Set<string> {
  return new Set(entries.map(({ key }) => Buffer.from(key).toString('latin1').split('\0')[1] ?? ''));
}
