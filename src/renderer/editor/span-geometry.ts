/**
 * Where a place in the text is on the screen.
 *
 * R1  What was measured in a line stays true while the line stays as it is: it moves up and down with its line, unmeasured.
 * R2  A span outside of what the editor has drawn has no place, and costs nothing.
 */
import { EditorSelection } from '@codemirror/state';
import { Direction, type EditorView, RectangleMarker } from '@codemirror/view';
import type { Box } from './cursor-figure';
import type { TextSpan } from './text-places';

export interface SpanGeometry {
  /** `undefined`: out of sight. */
  readonly caret: Box | undefined;
  readonly selection: readonly Box[];
}

/** As it was measured, and what it takes to say where it is later. */
export interface MeasuredSpan extends SpanGeometry {
  /** Of the line that all of it is in; `undefined` when it is in several, and cannot be moved with one of them. */
  readonly lineTop: number | undefined;
}

const NOWHERE: SpanGeometry = { caret: undefined, selection: [] };
/** Scripts from right to left, and the marks that turn the direction: what follows in the text need not follow on the screen. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The editor's surface in one frame: layout is read once for all that is measured on it. */
export class Surface {
  /** What of the content can be seen. */
  readonly visible: Box;
  /** Anything but heights that places depend on: while it is the same, so are places within lines. */
  readonly shape: string;
  readonly #view: EditorView;
  readonly #left: number;
  readonly #top: number;
  readonly #documentTop: number;

  constructor(view: EditorView) {
    const { scrollDOM, contentDOM, scaleX, scaleY } = view;
    const frame = scrollDOM.getBoundingClientRect();
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = scrollDOM;
    this.#view = view;
    this.#left = (view.textDirection === Direction.LTR ? frame.left : frame.right - clientWidth * scaleX) - scrollLeft * scaleX;
    this.#top = frame.top - scrollTop * scaleY;
    this.#documentTop = view.documentTop - this.#top;
    this.visible = { left: scrollLeft, top: scrollTop, width: clientWidth, height: clientHeight };
    const { left, width } = contentDOM.getBoundingClientRect();
    this.shape = [left - this.#left, width, view.defaultLineHeight, view.defaultCharacterWidth, view.lineWrapping, scaleX, scaleY].join();
  }

  /** A point of the window, from the upper left of the content. */
  within(point: { readonly x: number; readonly y: number }): { readonly x: number; readonly y: number } {
    return { x: point.x - this.#left, y: point.y - this.#top };
  }

  caretAt(position: number): Box | undefined {
    const place = this.#view.coordsAtPos(position, 1);
    return place === null
      ? undefined
      : { left: place.left - this.#left, top: place.top - this.#top, width: 2, height: place.bottom - place.top };
  }

  measure({ anchor, head }: TextSpan): MeasuredSpan {
    const { from, to } = this.#view.viewport;
    const first = Math.min(anchor, head);
    const last = Math.max(anchor, head);
    const caret = head < from || head > to ? undefined : this.caretAt(head);
    const isOutside = first === last || last < from || first > to;
    const line = this.#view.lineBlockAt(first);
    return {
      caret,
      selection: isOutside ? [] : this.#boxes(first, last),
      lineTop: last <= line.to ? this.#documentTop + line.top : undefined,
    };
  }

  /** Where it is now that lines above it may have changed (R1); `undefined` when that cannot be known unmeasured. */
  moved(measured: MeasuredSpan, { anchor, head }: TextSpan): SpanGeometry | undefined {
    const { from, to } = this.#view.viewport;
    if (Math.max(anchor, head) < from || Math.min(anchor, head) > to) return NOWHERE;
    if (measured.lineTop === undefined) return undefined;
    const down = this.#documentTop + this.#view.lineBlockAt(Math.min(anchor, head)).top - measured.lineTop;
    if (down === 0) return measured;
    const shift = (box: Box): Box => ({ ...box, top: box.top + down });
    return { caret: measured.caret && shift(measured.caret), selection: measured.selection.map(shift) };
  }

  /**
   * Two places say all about words that run from left to right: one row; or the rest of the first row, the rows between, and the
   * beginning of the last. `undefined`: the editor has to look at each row.
   */
  #rows(from: number, to: number): readonly Box[] | undefined {
    const view = this.#view;
    if (view.textDirection !== Direction.LTR || TURNS.test(view.state.sliceDoc(from, to))) return undefined;
    const start = view.coordsAtPos(from, 1);
    const end = view.coordsAtPos(to, -1);
    if (start === null || end === null) return undefined;
    if (start.bottom > end.top && end.bottom > start.top) {
      const top = Math.min(start.top, end.top);
      return start.left > end.left ? undefined : [this.#box(start.left, top, end.left, Math.max(start.bottom, end.bottom))];
    }
    if (end.top < start.top) return undefined;
    const { left, right } = this.#sides;
    // Rows touch; what is between two that do not is a row or more.
    const gap = end.top - start.bottom;
    const middle = start.bottom + gap / 2;
    const isBetween = gap > view.defaultLineHeight / 2;
    return [
      this.#box(start.left, start.top, right, isBetween ? start.bottom : middle),
      ...(isBetween ? [this.#box(left, start.bottom, right, end.top)] : []),
      this.#box(left, isBetween ? end.top : middle, end.left, end.bottom),
    ];
  }

  /** Where rows of text begin and end, in the window. */
  get #sides(): { readonly left: number; readonly right: number } {
    const { contentDOM } = this.#view;
    const { left, right } = contentDOM.getBoundingClientRect();
    const line = contentDOM.querySelector('.cm-line');
    if (line === null) return { left, right };
    const { paddingLeft, paddingRight } = getComputedStyle(line);
    return { left: left + Number.parseFloat(paddingLeft), right: right - Number.parseFloat(paddingRight) };
  }

  /** By edges in the window. */
  #box(left: number, top: number, right: number, bottom: number): Box {
    return { left: left - this.#left, top: top - this.#top, width: Math.max(0, right - left), height: bottom - top };
  }

  #boxes(first: number, last: number): readonly Box[] {
    const { from, to } = this.#view.viewport;
    const rows = first >= from && last <= to ? this.#rows(first, last) : undefined;
    if (rows !== undefined) return rows;
    const markers = RectangleMarker.forRange(this.#view, '', EditorSelection.range(first, last));
    return markers.map(({ left, top, width, height }) => ({ left, top, width: width ?? 0, height }));
  }
}
