/**
 * Which tables LevelDB has in use, by its manifest: a log (level-log.ts) of what was added and what was taken away. Others may lie
 * beside them, half written when the machine stopped.
 */
import { readRecords } from './level-log';
import { VarintReader } from './varint-reader';

/** What follows each tag of an edit (LevelDB's db/version_edit.cc). */
const FIELDS: Readonly<Record<number, readonly ('number' | 'text')[]>> = {
  1: ['text'],
  2: ['number'],
  3: ['number'],
  4: ['number'],
  5: ['number', 'text'],
  6: ['number', 'number'],
  7: ['number', 'number', 'number', 'text', 'text'],
  9: ['number'],
};
const LOG = 2;
const REMOVED = 6;
const ADDED = 7;

export interface Manifest {
  /** Numbers of tables. */
  readonly inUse: ReadonlySet<number>;
  /** Numbers of tables that were in use once. */
  readonly removed: ReadonlySet<number>;
  /** The number of the log with what is in no table yet; everything of those before it is. 0: nothing says. */
  readonly log: number;
}

/** As LevelDB names it. */
export function fileName(number: number, kind: 'log' | 'ldb'): string {
  return `${String(number).padStart(6, '0')}.${kind}`;
}

/** `undefined` when the manifest cannot be read, which LevelDB says by itself. */
export function readManifest(manifest: Uint8Array): Manifest | undefined {
  const inUse = new Set<number>();
  const removed = new Set<number>();
  let log = 0;
  for (const edit of readRecords(manifest)) {
    const reader = new VarintReader(edit);
    while (!reader.isAtEnd) {
      const tag = reader.number() ?? 0;
      const numbers: number[] = [];
      for (const field of FIELDS[tag] ?? [undefined]) {
        const read = field === 'number' ? reader.number() : field === 'text' ? reader.text() : undefined;
        if (read === undefined) return undefined;
        if (typeof read === 'number') numbers.push(read);
      }
      const [first = 0, table = 0] = numbers;
      if (tag === LOG) log = first;
      if (tag === ADDED) {
        inUse.add(table);
        // From one level to the next.
        removed.delete(table);
      }
      if (tag === REMOVED) {
        inUse.delete(table);
        removed.add(table);
      }
    }
  }
  return { inUse, removed, log };
}
