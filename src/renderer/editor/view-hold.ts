/**
 * Holds what a person is looking at where it is on the screen while others write.
 *
 * R1  Who has the caret in view looks at the caret; everybody else at the first row that they see. A row, not a line: a
 *     paragraph may be longer than the window.
 * R2  It stays to the pixel, also at the very top and at the very end of the text, where the editor itself holds nothing or
 *     the end; across, the text is not scrolled.
 * R3  Many small changes do not add up: a screen has whole pixels, so what is held goes back to where it was at first.
 */
import type { ChangeSet } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';

/** After a jump heights above are estimates at first; each round measures more of them. */
const MOST_ROUNDS = 6;
/** How far below the upper edge the first row is looked for, in pixels: inside of it, however it is cut off. */
const FIRST_ROW = 14;

export class ViewHolder {
  readonly #view: EditorView;
  #last: Held | undefined;

  constructor(view: EditorView) {
    this.#view = view;
  }

  /** To be called before a change of others; what it returns, right after it: before anything is painted. */
  hold(changes: ChangeSet): () => void {
    const { scrollDOM } = this.#view;
    const frame = scrollDOM.getBoundingClientRect();
    const found = caretInView(this.#view, frame) ?? firstRow(this.#view, frame);
    if (found === undefined || !(touches(changes, found.position) || isAtEnd(scrollDOM))) return () => undefined;
    const { scrollLeft } = scrollDOM;
    const held = { position: changes.mapPos(found.position, -1), top: found.top - this.#leftOver() };
    this.#last = held;
    return () => {
      this.#bringBack(held);
      scrollDOM.scrollLeft = scrollLeft;
    };
  }

  #bringBack({ position, top }: Held): void {
    const view = this.#view;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      // Asking for coordinates measures at once when a measurement is due.
      const now = view.coordsAtPos(position)?.top;
      // Not drawn: by what is known of the heights, as near as that it will be.
      const drift = (now ?? view.documentTop + view.lineBlockAt(position).top) - top;
      if (now !== undefined && Math.abs(drift) <= 0.5) return;
      view.scrollDOM.scrollTop += drift;
      view.requestMeasure();
    }
  }

  /** R3: by how much what was held the last time is not where it should be. Farther away, somebody has scrolled. */
  #leftOver(): number {
    const last = this.#last;
    if (last === undefined || last.position > this.#view.state.doc.length) return 0;
    const off = (this.#view.coordsAtPos(last.position)?.top ?? Number.POSITIVE_INFINITY) - last.top;
    return Math.abs(off) < 1 ? off : 0;
  }
}

interface Held {
  readonly position: number;
  /** On the screen. */
  readonly top: number;
}

function caretInView(view: EditorView, frame: DOMRect): Held | undefined {
  const { contentDOM, viewport } = view;
  const { head } = view.state.selection.main;
  if (contentDOM.ownerDocument.activeElement !== contentDOM || head < viewport.from || head > viewport.to) return undefined;
  const caret = view.coordsAtPos(head);
  if (caret === null || caret.bottom < frame.top || caret.top > frame.bottom) return undefined;
  return { position: head, top: caret.top };
}

/** By its middle: what its neighbours gain or lose moves words over the edges of a row first. */
function firstRow(view: EditorView, frame: DOMRect): Held | undefined {
  // At the very top there is an empty edge before the text.
  const y = Math.max(frame.top, view.documentTop) + FIRST_ROW;
  const position = view.posAtCoords({ x: frame.left + frame.width / 2, y }, false);
  const row = view.coordsAtPos(position);
  return row === null ? undefined : { position, top: row.top };
}

function touches(changes: ChangeSet, position: number): boolean {
  let does = false;
  changes.iterChangedRanges((from) => {
    if (from <= position) does = true;
  });
  return does;
}

function isAtEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollTop > Math.max(1, scrollHeight - clientHeight - 4);
}
