import type { ChangeSet, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/**
 * Keeps the line I write in where it is on the screen while others add or remove lines.
 *
 * The editor itself holds the first visible line in place, which does not help when lines come between it and the
 * caret, at the very top, or at the very bottom. `undefined` when there is nothing to do.
 */
export function keepCaretInPlace(view: EditorView, changes: ChangeSet): StateEffect<unknown> | undefined {
  const { contentDOM, scrollDOM } = view;
  if (contentDOM.ownerDocument.activeElement !== contentDOM || !movesLines(view, changes)) return undefined;
  const { head } = view.state.selection.main;
  if (head < view.viewport.from || head > view.viewport.to) return undefined;
  const caret = view.coordsAtPos(head);
  if (caret === null) return undefined;
  const frame = scrollDOM.getBoundingClientRect();
  if (caret.bottom < frame.top || caret.top > frame.bottom) return undefined;
  const position = changes.mapPos(head, -1);
  return EditorView.scrollIntoView(position, { y: 'start', yMargin: caret.top - frame.top });
}

function movesLines(view: EditorView, changes: ChangeSet): boolean {
  const { doc } = view.state;
  let moves = false;
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    const removedBreaks = from === to ? 0 : doc.lineAt(to).number - doc.lineAt(from).number;
    if (removedBreaks !== inserted.lines - 1) moves = true;
  });
  return moves;
}
