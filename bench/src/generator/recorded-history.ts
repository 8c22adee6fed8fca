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
  /** What its first line begins with. */
  readonly firstText: string;
  /** About as much as fits on a screen, from its middle. */
  readonly middle: Passage;
  /** The very last insert: whoever has it, and everything before, has all. */
  readonly lastText: string;
}

/** A part of a text, and where in it a cursor can be: its characters' clocks, in order. */
export interface Passage {
  readonly client: number;
  readonly clocks: readonly number[];
  /** A few words out of its middle, by which it is found on a screen. */
  readonly words: string;
}

/** Prose that one client wrote in one go. */
export interface WrittenText {
  readonly updateFile: string;
  readonly characters: number;
  readonly firstText: string;
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
