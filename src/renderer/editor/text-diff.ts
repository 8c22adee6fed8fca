/**
 * What has to change so that one text becomes another, in few and small pieces: places in the text (selection, scroll)
 * stay where the text around them stayed. (pure)
 *
 * R1  Applying the changes to `before` gives `after`, exactly.
 * R2  No change begins or ends inside a surrogate pair.
 */

/** Offsets in `before`, in order, never touching. The shape CodeMirror takes. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Above this many line pairs the middle is replaced as one piece: exactness is for documents that differ a little. */
const MOST_CELLS = 4_000_000;

export function diffTexts(before: string, after: string): TextChange[] {
  const [common, endBefore, endAfter] = trimCommon(before, after);
  if (common === endBefore && common === endAfter) return [];
  // Whole lines, else the first and the last would not be found in the other text.
  const start = common === 0 ? 0 : before.lastIndexOf('\n', common - 1) + 1;
  const oldLines = splitLines(before.slice(start, endOfLine(before, endBefore)));
  const newLines = splitLines(after.slice(start, endOfLine(after, endAfter)));
  if (oldLines.length * newLines.length <= MOST_CELLS) return diffLines(start, oldLines, newLines);
  return [{ from: common, to: endBefore, insert: after.slice(common, endAfter) }];
}

/** After the line break of the line in which `position` is, or where it is when that line has none. */
function endOfLine(text: string, position: number): number {
  const lineBreak = text.indexOf('\n', position);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** Longest common subsequence of lines; what lies between common lines becomes one change, narrowed to characters. */
function diffLines(start: number, oldLines: readonly string[], newLines: readonly string[]): TextChange[] {
  const width = newLines.length + 1;
  const lengths = new Uint32Array((oldLines.length + 1) * width);
  for (let row = oldLines.length - 1; row >= 0; row--) {
    for (let column = newLines.length - 1; column >= 0; column--) {
      const cell = row * width + column;
      lengths[cell] =
        oldLines[row] === newLines[column]
          ? (lengths[cell + width + 1] ?? 0) + 1
          : Math.max(lengths[cell + width] ?? 0, lengths[cell + 1] ?? 0);
    }
  }
  const changes: TextChange[] = [];
  let position = start;
  let removed = '';
  let inserted = '';
  const flush = () => {
    if (removed !== '' || inserted !== '') changes.push(narrow(position - removed.length, removed, inserted));
    removed = '';
    inserted = '';
  };
  let row = 0;
  let column = 0;
  while (row < oldLines.length || column < newLines.length) {
    const cell = row * width + column;
    const oldLine = oldLines[row];
    const newLine = newLines[column];
    if (oldLine !== undefined && oldLine === newLine) {
      flush();
      position += oldLine.length;
      row++;
      column++;
    } else if (oldLine !== undefined && (newLine === undefined || (lengths[cell + width] ?? 0) >= (lengths[cell + 1] ?? 0))) {
      removed += oldLine;
      position += oldLine.length;
      row++;
    } else {
      inserted += newLine;
      column++;
    }
  }
  flush();
  return changes;
}

function narrow(from: number, removed: string, inserted: string): TextChange {
  const [start, endRemoved, endInserted] = trimCommon(removed, inserted);
  return { from: from + start, to: from + endRemoved, insert: inserted.slice(start, endInserted) };
}

/** Where the common beginning ends, and where in each text the common end begins. */
function trimCommon(before: string, after: string): [start: number, endBefore: number, endAfter: number] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (splitsPair(before, start) || splitsPair(after, start)) start--;
  let endBefore = before.length;
  let endAfter = after.length;
  while (endBefore > start && endAfter > start && before.charCodeAt(endBefore - 1) === after.charCodeAt(endAfter - 1)) {
    endBefore--;
    endAfter--;
  }
  if (splitsPair(before, endBefore) || splitsPair(after, endAfter)) {
    endBefore++;
    endAfter++;
  }
  return [start, endBefore, endAfter];
}

/** Lines with their `\n`, so that joining them gives the text. */
function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function splitsPair(text: string, position: number): boolean {
  return isHighSurrogate(text.charCodeAt(position - 1)) && isLowSurrogate(text.charCodeAt(position));
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
