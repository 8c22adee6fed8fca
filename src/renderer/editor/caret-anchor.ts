import type { ChangeSet, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/** After a jump heights above are estimates at first; each round measures more of them. */
const MOST_ROUNDS = 4;

/** One change's worth of holding the caret where it is on the screen. */
export interface CaretAnchor {
  /** Goes with the change: brings the view to the caret. */
  readonly effect: StateEffect<unknown>;
  /** To be called after the change: puts right what the effect missed, before anything is painted. */
  settle(): void;
}

/**
 * Keeps the line I write in where it is on the screen while others add or remove lines.
 *
 * The editor itself holds the first visible line in place, which does not help when lines come between it and the
 * caret, at the very top, or at the very bottom. `undefined` when there is nothing to do.
 */
export function anchorCaret(view: EditorView, changes: ChangeSet): CaretAnchor | undefined {
  const { contentDOM, scrollDOM } = view;
  if (contentDOM.ownerDocument.activeElement !== contentDOM || !movesLines(view, changes)) return undefined;
  const { head } = view.state.selection.main;
  if (head < view.viewport.from || head > view.viewport.to) return undefined;
  const before = view.coordsAtPos(head);
  if (before === null) return undefined;
  const frame = scrollDOM.getBoundingClientRect();
  if (before.bottom < frame.top || before.top > frame.bottom) return undefined;
  const position = changes.mapPos(head, -1);
  const effect = EditorView.scrollIntoView(position, { y: 'start', yMargin: before.top - frame.top });
  const settle = () => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // Asking for coordinates measures at once when a measurement is due.
      const now = view.coordsAtPos(position);
      const drift = now === null ? 0 : now.top - before.top;
      if (Math.abs(drift) < 1) return;
      scrollDOM.scrollTop += drift;
      view.requestMeasure();
    }
  };
  return { effect, settle };
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
