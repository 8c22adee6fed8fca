/**
 * Somebody's real writing as updates. Made once by Yjs, in a process of its own and before anything is measured, and kept
 * as a file: each update behind its length (a varuint).
 */
import { readFileSync } from 'node:fs';
import { readVarUint } from './bytes.ts';

export interface RecordedHistory {
  readonly name: string;
  readonly updatesFile: string;
  readonly updates: number;
  /** The whole document as one update, after Yjs threw away what it could. */
  readonly compactedFile: string;
  readonly compactedBytes: number;
  /** What a client has that missed the last tenth. */
  readonly oldStateVector: readonly number[];
  readonly fullStateVector: readonly number[];
  /** Of the text at the end. */
  readonly textSha256: string;
  readonly characters: number;
  /** The very last insert: whoever has it, and everything before, has all. */
  readonly lastText: string;
}

export function readUpdates(file: string): Uint8Array[] {
  const bytes = readFileSync(file);
  const updates: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [length, from] = readVarUint(bytes, at);
    updates.push(bytes.subarray(from, from + length));
    at = from + length;
  }
  return updates;
}
