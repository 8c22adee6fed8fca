/**
 * Turns what an input field holds now into the smallest change of the shared title, and carries a caret over changes
 * of others (pure).
 *
 * R1  Only what differs is deleted and inserted, so that two people can edit a title at once.
 * R2  No change splits a surrogate pair: replicas could never agree again.
 * R3  A title is shown as one line of bounded length. What is not shown of it, as of one that came from elsewhere, is not touched by an
 *     edit of what is: only what is inserted is cut.
 */
export interface TextChange {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** UTF-16 units; no more is shown or typed: a title is a file name. */
export const LONGEST_TITLE = 200;

/** Breaks of lines and what else is no character to be seen; then whole characters, so that halves of pairs are left out. */
const SHOWN = /(?<gap>[\p{Cc}\p{Zl}\p{Zp}]+)|[^\p{Cs}]/gu;

/** R3 */
export function oneLine(text: string, longest = LONGEST_TITLE): string {
  return lineOf(shownPieces(text, longest));
}

/** What an edit of the line that is shown means for the title (R3). `undefined` when nothing was edited. */
export function editOfTitle(title: string, edited: string): TextChange | undefined {
  const pieces = shownPieces(title, LONGEST_TITLE);
  const line = lineOf(pieces);
  const change = smallestChange(line, oneLine(edited, Number.POSITIVE_INFINITY));
  if (change === undefined) return undefined;
  const start = placeInTitle(pieces, change.at);
  const end = change.remove === 0 ? start : placeInTitle(pieces, change.at + change.remove, 'before');
  const insert = oneLine(change.insert, LONGEST_TITLE - line.length + change.remove);
  return { at: start, remove: end - start, insert };
}

function lineOf(pieces: readonly Piece[]): string {
  return pieces.map(({ shown }) => shown).join('');
}

/** A character as it is shown, and what it stands for. */
interface Piece {
  readonly shown: string;
  readonly from: number;
  readonly to: number;
}

function shownPieces(text: string, longest: number): Piece[] {
  const pieces: Piece[] = [];
  let length = 0;
  for (const match of text.matchAll(SHOWN)) {
    const shown = match.groups?.gap === undefined ? match[0] : ' ';
    length += shown.length;
    if (length > longest) break;
    pieces.push({ shown, from: match.index, to: match.index + match[0].length });
  }
  return pieces;
}

/** `before`: where the character before it ends, when something that is not shown lies between the two. */
function placeInTitle(pieces: readonly Piece[], position: number, side: 'before' | 'after' = 'after'): number {
  let at = 0;
  for (const [index, { shown }] of pieces.entries()) {
    if (at >= position) return side === 'after' ? (pieces[index]?.from ?? 0) : (pieces[index - 1]?.to ?? 0);
    at += shown.length;
  }
  return pieces.at(-1)?.to ?? 0;
}

/** `undefined` when they are equal. */
export function smallestChange(before: string, after: string): TextChange | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  if (splitsPair(before, start) || splitsPair(after, start)) start--;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  if (splitsPair(before, before.length - end) || splitsPair(after, after.length - end)) end--;
  return { at: start, remove: before.length - start - end, insert: after.slice(start, after.length - end) };
}

/** Where a caret at `position` is after someone else's change. */
export function carryOver(position: number, change: TextChange): number {
  if (position <= change.at) return position;
  if (position <= change.at + change.remove) return change.at + change.insert.length;
  return position - change.remove + change.insert.length;
}

function splitsPair(text: string, position: number): boolean {
  return (
    position > 0 &&
    position < text.length &&
    /[\ud800-\udbff]/.test(text[position - 1] ?? '') &&
    /[\udc00-\udfff]/.test(text[position] ?? '')
  );
}
