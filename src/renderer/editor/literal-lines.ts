/**
 * Lines of prose whose columns matter are set in the code font: fenced and indented code in a box of its own, and tables.
 *
 * R1  From the first line of such a block to its last, fences included; a list's or a quote's code too.
 * R2  Only lines in view are looked at, when they, the text or what the parser made of it changed.
 */
import { syntaxTree } from '@codemirror/language';
import { type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView } from '@codemirror/view';
import { linesInView } from './lines-in-view';

const CODE = new Set(['FencedCode', 'CodeBlock']);

const tableLine = Decoration.line({ class: 'cm-tableLine' });

export function literalLines(): Extension {
  return linesInView(decorate, { byParser: true });
}

function decorate({ state, visibleRanges }: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>();
  const tree = syntaxTree(state);
  let done = -1;
  for (const { from, to } of visibleRanges) {
    tree.iterate({
      from,
      to,
      enter: ({ name, from: start, to: end }) => {
        const isCode = CODE.has(name);
        if (!isCode && name !== 'Table') return undefined;
        const first = state.doc.lineAt(start).from;
        const last = state.doc.lineAt(end).from;
        for (let at = Math.max(first, state.doc.lineAt(Math.max(from, start)).from, done + 1); at <= last && at <= to; ) {
          lines.add(at, at, isCode ? codeLine(at === first, at === last) : tableLine);
          done = at;
          at = state.doc.lineAt(at).to + 1;
        }
        return false;
      },
    });
  }
  return lines.finish();
}

/** @param isFirst whether its box begins with the line, and `isLast` ends with it. */
function codeLine(isFirst: boolean, isLast: boolean): Decoration {
  return Decoration.line({ class: `cm-codeLine${isFirst ? ' is-first' : ''}${isLast ? ' is-last' : ''}` });
}
