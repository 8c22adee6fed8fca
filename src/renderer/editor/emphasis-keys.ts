/**
 * Mod-b and Mod-i put Markdown's stars around what is selected, or take them away.
 *
 * R1  Where nothing is selected: around the word at the cursor; between words, two pairs with the cursor inside.
 * R2  What stands in such stars already loses them, whether they are selected too or not. Bold and italic do not mistake each other.
 * R3  Each line on its own, without the space at its ends: `** so **` is not bold, and nothing is bold across paragraphs.
 */
import { type ChangeSpec, EditorSelection, type EditorState, type SelectionRange, type StateCommand } from '@codemirror/state';
import type { KeyBinding } from '@codemirror/view';

/** From the first character to the last that is or becomes emphasised; no stars of its own. */
interface Piece {
  readonly from: number;
  readonly to: number;
  /** Pairs of stars around it. */
  readonly stars: number;
}

export const toggleBold = toggleStars(2);
export const toggleItalic = toggleStars(1);

export const emphasisKeys: readonly KeyBinding[] = [
  { key: 'Mod-b', run: toggleBold },
  { key: 'Mod-i', run: toggleItalic },
];

function toggleStars(count: 1 | 2): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const change = state.changeByRange((range) => toggleRange(state, range, count));
    dispatch(state.update(change, { scrollIntoView: true, userEvent: 'input.format' }));
    return true;
  };
}

function toggleRange(state: EditorState, range: SelectionRange, count: 1 | 2): { changes: ChangeSpec[]; range: SelectionRange } {
  const sign = '*'.repeat(count);
  const pieces = piecesOf(state, range);
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) return { changes: [], range };
  if (first.from === last.to && first.stars === 0) {
    return { changes: [{ from: first.from, insert: sign + sign }], range: EditorSelection.cursor(first.from + count) };
  }
  const areAllDone = pieces.every(({ stars }) => has(stars, count));
  const changes = pieces
    .filter(({ stars }) => has(stars, count) === areAllDone)
    .flatMap(({ from, to }): ChangeSpec[] =>
      areAllDone
        ? [
            { from: from - count, to: from },
            { from: to, to: to + count },
          ]
        : [
            { from, insert: sign },
            { from: to, insert: sign },
          ],
    );
  const set = state.changes(changes);
  if (range.empty) return { changes, range: EditorSelection.cursor(set.mapPos(range.head, range.head >= last.to ? -1 : 1)) };
  const [start, end] = [set.mapPos(first.from, 1), set.mapPos(last.to, -1)];
  return { changes, range: range.anchor <= range.head ? EditorSelection.range(start, end) : EditorSelection.range(end, start) };
}

/** Three stars are both. */
function has(stars: number, count: 1 | 2): boolean {
  return count === 2 ? stars >= 2 : stars % 2 === 1;
}

function piecesOf(state: EditorState, range: SelectionRange): Piece[] {
  if (range.empty) {
    const word = state.wordAt(range.head) ?? range;
    return [inStars(state, word.from, word.to)];
  }
  const pieces: Piece[] = [];
  for (let at = range.from; at <= range.to; ) {
    const line = state.doc.lineAt(at);
    const [from, to] = [Math.max(line.from, range.from), Math.min(line.to, range.to)];
    const text = state.sliceDoc(from, to);
    const start = from + text.length - text.trimStart().length;
    if (text.trim() !== '') pieces.push(inStars(state, start, start + text.trim().length));
    at = line.to + 1;
  }
  return pieces;
}

function inStars(state: EditorState, selectedFrom: number, selectedTo: number): Piece {
  const text = state.sliceDoc(selectedFrom, selectedTo);
  const inside = Math.min(starsAtEnd(text), starsAtStart(text), Math.floor(text.length / 2));
  const [from, to] = [selectedFrom + inside, selectedTo - inside];
  const line = state.doc.lineAt(from);
  return { from, to, stars: Math.min(starsAtEnd(state.sliceDoc(line.from, from)), starsAtStart(state.sliceDoc(to, line.to))) };
}

function starsAtStart(text: string): number {
  return /^\**/.exec(text)?.[0].length ?? 0;
}

function starsAtEnd(text: string): number {
  return /\**$/.exec(text)?.[0].length ?? 0;
}
