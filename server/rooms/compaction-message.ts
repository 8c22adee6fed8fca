/**
 * How a compaction travels to its thread: one block of bytes, handed over without a copy on the other side. A tail of
 * 260,000 arrays would cost the relay's own thread far more to pass than to pack.
 */
import type { CompactionInput, DocumentRules } from './ports';

export interface PackedInput {
  readonly documents: DocumentRules;
  /** The snapshot, if there is one, then the tail, end to end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly hasSnapshot: boolean;
  /** Where each of them ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

export function packInput({ snapshot, tail, documents }: CompactionInput): PackedInput {
  const parts = snapshot === undefined ? tail : [snapshot, ...tail];
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  const ends = new Uint32Array(parts.length);
  let end = 0;
  for (const [index, part] of parts.entries()) {
    bytes.set(part, end);
    end += part.length;
    ends[index] = end;
  }
  return { documents, bytes, hasSnapshot: snapshot !== undefined, ends };
}

export function unpackInput({ documents, bytes, hasSnapshot, ends }: PackedInput): CompactionInput {
  const parts = Array.from(ends, (end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  return hasSnapshot ? { documents, snapshot: parts[0], tail: parts.slice(1) } : { documents, snapshot: undefined, tail: parts };
}
