/** Looks at the others' carets as they are drawn, beside where the editor says that the text is, and counts what is measured. */
import { EditorView } from '@codemirror/view';
import type { Awareness } from 'y-protocols/awareness';
import type { Replica } from '../../../src/renderer/documents/replica';
import { toSpan } from '../../../src/renderer/editor/text-places';
import type { PresenceCursor } from '../../../src/shared/protocol/presence';

interface Watched {
  readonly view: EditorView;
  readonly replica: Replica;
  readonly others: readonly Awareness[];
}

export interface DrawnCursors {
  /** Carets in sight. */
  readonly carets: number;
  /** The farthest that one of them is from its place, in pixels. */
  readonly caretsOff: number;
  readonly selections: number;
  readonly selectionsOff: number;
}

let measured = 0;
const { coordsAtPos } = EditorView.prototype;
EditorView.prototype.coordsAtPos = function (this: EditorView, ...words) {
  measured++;
  return coordsAtPos.apply(this, words);
};

/** How many places the editor has been asked for since the last time. */
export function countMeasured(): number {
  const count = measured;
  measured = 0;
  return count;
}

export function drawnCursors({ view, replica, others }: Watched): DrawnCursors {
  // Before the editor is asked for anything: that would let it measure, and draw what it has not drawn yet.
  const carets = new Map(
    [...view.scrollDOM.querySelectorAll('.remote-caret:not([hidden])')].map((caret) => [
      caret.parentElement?.querySelector('.remote-flag')?.textContent ?? '',
      caret.getBoundingClientRect(),
    ]),
  );
  const boxes = [...view.scrollDOM.querySelectorAll('.remote-selection')].map((box) => box.getBoundingClientRect());
  const drawn = { carets: 0, caretsOff: 0, selections: 0, selectionsOff: 0 };
  for (const other of others) {
    const { cursor, user } = other.getLocalState() as { cursor: PresenceCursor; user: { name: string } };
    const span = toSpan(replica, cursor);
    const caret = carets.get(user.name);
    if (span === undefined || caret === undefined) continue;
    const at = view.coordsAtPos(span.head, 1);
    if (at === null) throw new Error(`${user.name} is drawn where there is no text`);
    drawn.carets++;
    drawn.caretsOff = Math.max(drawn.caretsOff, Math.abs(caret.left + 1 - at.left), Math.abs(caret.top - at.top));
    const start = view.coordsAtPos(Math.min(span.anchor, span.head), 1);
    const end = view.coordsAtPos(Math.max(span.anchor, span.head), -1);
    // One row of words: its box is known without asking whoever drew it.
    if (span.anchor === span.head || start === null || end === null || start.top !== end.top) continue;
    drawn.selections++;
    const off = boxes.map((box) =>
      Math.max(Math.abs(box.left - start.left), Math.abs(box.right - end.right), Math.abs(box.top - start.top)),
    );
    drawn.selectionsOff = Math.max(drawn.selectionsOff, Math.min(...off));
  }
  measured = 0;
  return drawn;
}
