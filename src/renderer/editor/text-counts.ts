/**
 * Words and characters of documents of any size.
 *
 * R1  The key path pays nothing: counting happens in slices, and only what changed is counted again. The editor's text is a
 *     tree whose untouched parts stay the same objects, so each part's counts are kept with it.
 * R2  Words are as in word-count.ts; characters are code points, line breaks not counted.
 */
import type { Text } from '@codemirror/state';
import { countWords } from './word-count';

export interface TextCounts {
  readonly words: number;
  readonly characters: number;
}

/** Longer lines are counted in pieces cut at a space, so that no slice takes long. */
const LONGEST_PIECE = 4096;
const NOTHING: TextCounts = { words: 0, characters: 0 };

const known = new WeakMap<Text, TextCounts>();

/** Yields wherever one may pause; returns the counts. */
export function* countText(text: Text): Generator<undefined, TextCounts> {
  const before = known.get(text);
  if (before !== undefined) return before;
  let counts = NOTHING;
  if (text.children === null) {
    for (const line of text.iterLines()) {
      for (const piece of cutAtSpaces(line)) {
        counts = add(counts, countPiece(piece));
        yield;
      }
    }
  } else {
    for (const child of text.children) counts = add(counts, yield* countText(child));
  }
  known.set(text, counts);
  return counts;
}

function countPiece(piece: string): TextCounts {
  let characters = piece.length;
  for (const _pair of piece.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) characters--;
  return { words: countWords(piece), characters };
}

function* cutAtSpaces(line: string): Generator<string> {
  let start = 0;
  while (line.length - start > LONGEST_PIECE) {
    const space = line.lastIndexOf(' ', start + LONGEST_PIECE);
    const end = space > start ? space : start + LONGEST_PIECE;
    yield line.slice(start, end);
    start = end;
  }
  yield line.slice(start);
}

function add(one: TextCounts, other: TextCounts): TextCounts {
  return { words: one.words + other.words, characters: one.characters + other.characters };
}
