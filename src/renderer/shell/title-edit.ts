/**
 * Turns what an input field holds now into the smallest change of the shared title, and carries a caret over changes
 * of others (pure).
 *
 * R1  Only what differs is deleted and inserted, so that two people can edit a title at once.
 * R2  No change splits a surrogate pair: replicas could never agree again.
 * R3  A title is one line.
 */
export interface TextChange {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** UTF-16 units; longer is cut: a title is a file name. */
export const LONGEST_TITLE = 200;

export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST_TITLE);
  return line.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '');
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
