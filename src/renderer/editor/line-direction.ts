/**
 * Each line of prose runs as its first strong letter does: Arabic and Hebrew from right to left, beside lines that do not.
 *
 * R1  A line without any (`|---|---|`, a row of numbers, an item that is begun) runs as the table, the list or the paragraph
 *     around it: as the nearest line above that has one, else the nearest below, with no empty line between.
 * R2  Only lines in view are looked at, and a few beside them.
 */
import { type Extension, RangeSetBuilder, type Text } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import { linesInView } from './lines-in-view';

const ownDirection = Decoration.line({ attributes: { dir: 'auto' } });
const toTheLeft = Decoration.line({ attributes: { dir: 'rtl' } });

/** The browser's own rule: letters of a script; digits, signs and marks are weak. */
const STRONG = /\p{L}/u;
const FROM_RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** How far a block is gone through for a letter. */
const FAR = 60;

export function lineDirection(): Extension {
  return [EditorView.perLineTextDirection.of(true), linesInView(decorate, { byParser: false })];
}

function decorate({ state, visibleRanges }: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>();
  const { doc } = state;
  for (const { from, to } of visibleRanges) {
    const first = doc.lineAt(from).number;
    const last = doc.lineAt(to).number;
    let around: Direction | undefined;
    for (let number = first; number <= last; number++) {
      const line = doc.line(number);
      const own = directionOf(line.text);
      if (own !== 'none') around = own === 'empty' ? undefined : own;
      else around ??= nearest(doc, number, -1) ?? nearest(doc, number, 1) ?? 'ltr';
      lines.add(line.from, line.from, own === 'none' && around === 'rtl' ? toTheLeft : ownDirection);
    }
  }
  return lines.finish();
}

type Direction = 'ltr' | 'rtl';

function directionOf(text: string): Direction | 'none' | 'empty' {
  const letter = STRONG.exec(text)?.[0];
  if (letter !== undefined) return FROM_RIGHT.test(letter) ? 'rtl' : 'ltr';
  return text.trim() === '' ? 'empty' : 'none';
}

/** Of the nearest line of the block that has one. */
function nearest(doc: Text, start: number, step: 1 | -1): Direction | undefined {
  for (let number = start + step; number >= 1 && number <= doc.lines && Math.abs(number - start) <= FAR; number += step) {
    const direction = directionOf(doc.line(number).text);
    if (direction !== 'none') return direction === 'empty' ? undefined : direction;
  }
  return undefined;
}
