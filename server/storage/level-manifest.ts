/**
 * Which tables LevelDB has in use, by its manifest: a log (level-log.ts) of what was added and what was taken away. Others may lie
 * beside them, half written when the machine stopped.
 */
import { readRecords } from './level-log';

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
const REMOVED = 6;
const ADDED = 7;

/** Their numbers; `undefined` when the manifest cannot be read, which LevelDB says by itself. */
export function tablesInUse(manifest: Uint8Array): ReadonlySet<number> | undefined {
  const tables = new Set<number>();
  for (const edit of readRecords(manifest)) {
    for (let at = 0; at < edit.length; ) {
      const tag = varint(edit, at);
      const fields = FIELDS[tag?.value ?? 0];
      if (tag === undefined || fields === undefined) return undefined;
      at = tag.end;
      const numbers: number[] = [];
      for (const field of fields) {
        const read = varint(edit, at);
        if (read === undefined) return undefined;
        at = field === 'text' ? read.end + read.value : read.end;
        if (field === 'number') numbers.push(read.value);
      }
      const [, table = 0] = numbers;
      if (tag.value === ADDED) tables.add(table);
      if (tag.value === REMOVED) tables.delete(table);
    }
  }
  return tables;
}

function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = at, factor = 1; index < Math.min(bytes.length, at + 10); index++, factor *= 128) {
    const byte = bytes[index] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: index + 1 };
  }
  return undefined;
}
