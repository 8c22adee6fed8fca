/**
 * Rows of a list item or a quote that do not fit one row go on below its words, not below its marker.
 *
 * R1  A line hangs by the width of what it begins with: spaces, `>`, a bullet, a number of any length, a box to tick. What
 *     only looks like one of these does not count, and code and tables do not hang.
 * R2  Its first row stands where it would stand anyway. From right to left likewise.
 * R3  Only lines in view that begin like this are looked at; a marker is measured once, not with each key. A key within words
 *     that a line goes on with changes nothing but where lines are.
 *
 * The line begins further in and its first character is drawn back out: one character, which nothing that colours the text can
 * split and draw back twice. Padding with a negative `text-indent` does the same from
 * left to right alone: what draws selections would lose its left side where the first line runs from right to left.
 */
import { syntaxTree } from '@codemirror/language';
import { countColumn, type EditorState, type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, type ViewUpdate } from '@codemirror/view';
import { linesInView } from './lines-in-view';

/** In ems, of a prefix as it is drawn. */
export type PrefixWidth = (prefix: string) => number;

const MARK = /(?:>|[-+*]|\d{1,9}[.)]|\[[ xX]\])[ \t]*/y;
const MARKS = new Set(['QuoteMark', 'ListMark', 'TaskMarker']);
const LITERAL = new Set(['FencedCode', 'CodeBlock', 'Table', 'HTMLBlock']);
/** More than half of a narrow window. */
const WIDEST = 12;

export function hangingIndent(widthOf: PrefixWidth = measuredWidth()): Extension {
  const looks = new Map<string, readonly [line: Decoration, first: Decoration]>();
  const looksOf = (prefix: string) => {
    const known = looks.get(prefix);
    if (known !== undefined) return known;
    const width = Math.min(widthOf(prefix), WIDEST).toFixed(3);
    const made = [
      Decoration.line({ attributes: { style: `margin-inline-start: ${width}em` } }),
      Decoration.mark({ attributes: { style: `margin-inline-start: -${width}em` } }),
    ] as const;
    looks.set(prefix, made);
    return made;
  };
  const decorate = ({ state, visibleRanges }: EditorView): DecorationSet => {
    const found = new RangeSetBuilder<Decoration>();
    let done = -1;
    for (const { from, to } of visibleRanges) {
      for (let at = from; at <= to; ) {
        const line = state.doc.lineAt(at);
        const prefix = line.from > done ? prefixOf(state, line) : '';
        if (prefix !== '') {
          const [whole, first] = looksOf(prefix);
          found.add(line.from, line.from, whole);
          found.add(line.from, line.from + 1, first);
        }
        done = line.from;
        at = line.to + 1;
      }
    }
    return found.finish();
  };
  return linesInView(decorate, { byParser: true, onlyMoves: isWithinWords });
}

/** How a line begins that is words behind its markers: no fence, no marker, and without a `|` no row of a table. */
const WORDS = /^[ \t>]*(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)*\p{L}/u;

/** Whether each change is within a line, behind the first letter of its words (R3); all in view was parsed before it. */
function isWithinWords({ changes, startState, state, view, viewportChanged }: ViewUpdate): boolean {
  if (
    viewportChanged ||
    startState.doc.lines !== state.doc.lines ||
    syntaxTree(startState).length < Math.min(view.viewport.to, startState.doc.length)
  )
    return false;
  let isWithin = true;
  changes.iterChangedRanges((fromBefore, toBefore, from, to) => {
    const [before, after] = [startState.doc.lineAt(fromBefore), state.doc.lineAt(from)];
    const start = WORDS.exec(before.text)?.[0];
    isWithin &&=
      start !== undefined &&
      !before.text.includes('|') &&
      !after.text.includes('|') &&
      fromBefore >= before.from + start.length &&
      toBefore <= before.to &&
      to <= after.to &&
      after.text.startsWith(start);
  });
  return isWithin;
}

/** What a line hangs by (R1); empty for most. */
export function prefixOf(state: EditorState, line: { readonly from: number; readonly text: string }): string {
  const { from, text } = line;
  const spaces = /^[ \t]*/.exec(text)?.[0].length ?? 0;
  const tree = syntaxTree(state);
  let end = spaces;
  for (MARK.lastIndex = end; ; MARK.lastIndex = end) {
    const mark = MARK.exec(text);
    if (mark === null || !MARKS.has(tree.resolveInner(from + end, 1).name)) break;
    end += mark[0].length;
  }
  // Spaces at the end of a line take no room of their own: an item that is begun hangs by its marker.
  if (end === 0 || end === text.length) return end === spaces ? '' : text.trimEnd();
  for (let node: ReturnType<typeof tree.resolveInner> | null = tree.resolveInner(from + end, 1); node !== null; node = node.parent) {
    if (LITERAL.has(node.name)) return '';
  }
  // Tabs end where they end in all lines: drawn back by anything but whole tabs, they would be narrower.
  const tab = text.slice(0, end).lastIndexOf('\t');
  return text.slice(0, tab < 0 ? end : tab + 1);
}

/** At the usual size of the text; fonts are as wide for their size at others, to a pixel. */
const MEASURED_AT = 16;
/** Spaces; the editor's own. */
const TAB = 4;

/** Without layout: a canvas knows the font. Quotes are drawn in italics. */
function measuredWidth(): PrefixWidth {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return () => 0;
  const family = getComputedStyle(document.documentElement).getPropertyValue('--font-prose') || 'sans-serif';
  return (prefix) => {
    context.font = `${prefix.includes('>') ? 'italic ' : ''}${MEASURED_AT}px ${family}`;
    if (!prefix.includes('\t')) return context.measureText(prefix).width / MEASURED_AT;
    // A hair less: a tab that begins just before the place of a stop ends there.
    return (countColumn(prefix, TAB) * context.measureText(' ').width) / MEASURED_AT - 0.01;
  };
}
