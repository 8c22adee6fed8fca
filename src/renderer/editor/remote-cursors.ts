/**
 * Draws where the others are: carets, selections and name flags, over and under the text.
 *
 * R1  One pass a frame: all layout is read, then everything is written; who did not move is not measured again.
 * R2  A flag shows when its person moves or the pointer is on the caret, and fades after {@link FLAG_SHOWN_MS}.
 * R3  Between two messages of a person their place moves with the text; a place whose text has not arrived waits for it.
 * R4  Out of sight costs nothing but the place.
 */
import { EditorSelection, type Extension } from '@codemirror/state';
import { type EditorView, type PluginValue, RectangleMarker, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';
import type { Person } from '../presence/person';
import { type Box, CursorFigure, type FigurePlacement } from './cursor-figure';
import { placeFlag } from './flag-placement';
import { isSameCursor, type TextSpan, toSpan } from './text-places';

export const FLAG_SHOWN_MS = 2000;
/** How near the pointer must come to a caret, in pixels. */
const HOVER_REACH = 6;

export interface RemoteCursorsOptions {
  readonly replica: Observable<Replica>;
  readonly people: Observable<readonly Person[]>;
}

export function remoteCursors(options: RemoteCursorsOptions): Extension {
  return plugin.of(options);
}

/** Where someone's caret is, by an offset in the text; `undefined` when they are not in it. */
export function placeOfPerson(view: EditorView, id: number): number | undefined {
  return view.plugin(plugin)?.placeOf(id);
}

/** Shows who it is, as if they had moved. */
export function showFlagOf(view: EditorView, id: number): void {
  view.plugin(plugin)?.showFlag(id);
}

interface Tracked {
  person: Person;
  readonly figure: CursorFigure;
  /** By offsets in the editor's present text. */
  span: TextSpan | undefined;
  /** The person said something new that is not yet in `span`. */
  isStale: boolean;
  movedAt: number;
  /** `undefined`: to be measured. */
  measured: { readonly caret: Box | undefined; readonly selection: readonly Box[] } | undefined;
}

type Frame = readonly (readonly [CursorFigure, FigurePlacement])[];

class RemoteCursors implements PluginValue {
  readonly #view: EditorView;
  readonly #options: RemoteCursorsOptions;
  readonly #above = makeLayer('remote-cursors');
  readonly #below = makeLayer('remote-selections');
  readonly #tracked = new Map<number, Tracked>();
  readonly #ends: (() => void)[] = [];
  readonly #request = { key: this, read: () => this.#measure(), write: (frame: Frame) => draw(frame) };
  #pointer: { readonly x: number; readonly y: number } | undefined;
  #fadeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, options: RemoteCursorsOptions) {
    this.#view = view;
    this.#options = options;
    view.scrollDOM.append(this.#below, this.#above);
    this.#ends.push(
      options.people.subscribe((people) => this.#take(people)),
      options.replica.subscribe(() => this.#forgetPlaces()),
      listen(view.scrollDOM, 'scroll', () => this.#drawSoon()),
      listen(view.scrollDOM, 'mousemove', (event) => this.#point(event as MouseEvent)),
      listen(view.scrollDOM, 'mouseleave', () => this.#point(undefined)),
    );
    this.#take(options.people.current);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      for (const tracked of this.#tracked.values()) {
        const { span } = tracked;
        // Whoever writes stands after what they wrote: so does their caret until they say where it is.
        if (span !== undefined) tracked.span = { anchor: update.changes.mapPos(span.anchor, 1), head: update.changes.mapPos(span.head, 1) };
      }
    }
    if (update.docChanged || update.viewportChanged || update.geometryChanged) {
      for (const tracked of this.#tracked.values()) tracked.measured = undefined;
    }
    if (update.docChanged || update.viewportChanged || update.geometryChanged || update.selectionSet || update.focusChanged)
      this.#drawSoon();
  }

  destroy(): void {
    clearTimeout(this.#fadeTimer);
    for (const end of this.#ends) end();
    this.#above.remove();
    this.#below.remove();
  }

  placeOf(id: number): number | undefined {
    const tracked = this.#tracked.get(id);
    return tracked === undefined ? undefined : this.#place(tracked)?.head;
  }

  showFlag(id: number): void {
    const tracked = this.#tracked.get(id);
    if (tracked === undefined) return;
    tracked.movedAt = performance.now();
    this.#drawSoon();
  }

  #take(people: readonly Person[]): void {
    const gone = new Set(this.#tracked.keys());
    for (const person of people) {
      if (person.isMe || person.cursor === undefined) continue;
      gone.delete(person.id);
      const before = this.#tracked.get(person.id);
      if (before === undefined) this.#welcome(person);
      else if (before.person !== person) renew(before, person);
    }
    for (const id of gone) {
      this.#tracked.get(id)?.figure.remove();
      this.#tracked.delete(id);
    }
    this.#drawSoon();
  }

  #welcome(person: Person): void {
    const figure = new CursorFigure(this.#above, this.#below);
    figure.show(person);
    this.#tracked.set(person.id, { person, figure, span: undefined, isStale: true, movedAt: performance.now(), measured: undefined });
  }

  #forgetPlaces(): void {
    for (const tracked of this.#tracked.values()) tracked.isStale = true;
    this.#drawSoon();
  }

  #drawSoon(): void {
    this.#view.requestMeasure(this.#request);
  }

  #point(event: MouseEvent | undefined): void {
    this.#pointer = event === undefined ? undefined : { x: event.clientX, y: event.clientY };
    if (this.#tracked.size > 0) this.#drawSoon();
  }

  /** R3 */
  #place(tracked: Tracked): TextSpan | undefined {
    if (!tracked.isStale || tracked.person.cursor === undefined) return tracked.span;
    const span = toSpan(this.#options.replica.current, tracked.person.cursor);
    const { length } = this.#view.state.doc;
    if (span === undefined || span.anchor > length || span.head > length) return tracked.span;
    tracked.isStale = false;
    tracked.span = span;
    tracked.measured = undefined;
    return span;
  }

  #measure(): Frame {
    const view = this.#view;
    const { scrollDOM } = view;
    const frame = scrollDOM.getBoundingClientRect();
    const visible = { left: scrollDOM.scrollLeft, top: scrollDOM.scrollTop, width: scrollDOM.clientWidth, height: scrollDOM.clientHeight };
    const pointer = this.#pointer && { x: this.#pointer.x - frame.left + visible.left, y: this.#pointer.y - frame.top + visible.top };
    const mine = view.hasFocus ? caretBox(view, view.state.selection.main.head) : undefined;
    const now = performance.now();
    let nextFade = Number.POSITIVE_INFINITY;
    const placements = [...this.#tracked.values()].map((tracked): Frame[number] => {
      const span = this.#place(tracked);
      tracked.measured ??= span === undefined ? { caret: undefined, selection: [] } : measureSpan(view, span);
      const { caret, selection } = tracked.measured;
      const fadesIn = tracked.movedAt + FLAG_SHOWN_MS - now;
      if (fadesIn > 0) nextFade = Math.min(nextFade, fadesIn);
      const hasFlag = caret !== undefined && (fadesIn > 0 || isNear(pointer, caret));
      const flag = hasFlag ? placeFlag({ caret, width: tracked.figure.flagWidth, visible, mine }) : ({ type: 'hidden' } as const);
      return [tracked.figure, { caret, selection, flag }];
    });
    this.#fadeIn(nextFade);
    return placements;
  }

  #fadeIn(milliseconds: number): void {
    clearTimeout(this.#fadeTimer);
    if (Number.isFinite(milliseconds)) this.#fadeTimer = setTimeout(() => this.#drawSoon(), milliseconds);
  }
}

const plugin = ViewPlugin.define<RemoteCursors, RemoteCursorsOptions>((view, options) => new RemoteCursors(view, options));

function renew(tracked: Tracked, person: Person): void {
  if (!isSameCursor(tracked.person.cursor, person.cursor)) {
    tracked.isStale = true;
    tracked.movedAt = performance.now();
  }
  tracked.person = person;
  tracked.figure.show(person);
}

function draw(frame: Frame): void {
  for (const [figure, placement] of frame) figure.place(placement);
}

function measureSpan(view: EditorView, { anchor, head }: TextSpan): NonNullable<Tracked['measured']> {
  const { from, to } = view.viewport;
  const caret = head < from || head > to ? undefined : caretBox(view, head);
  const outside = anchor === head || Math.max(anchor, head) < from || Math.min(anchor, head) > to;
  const range = EditorSelection.range(anchor, head);
  const selection = outside
    ? []
    : RectangleMarker.forRange(view, '', range).map(({ left, top, width, height }) => ({ left, top, width: width ?? 0, height }));
  return { caret, selection };
}

function caretBox(view: EditorView, position: number): Box | undefined {
  const [marker] = RectangleMarker.forRange(view, '', EditorSelection.cursor(position));
  return marker && { left: marker.left, top: marker.top, width: 2, height: marker.height };
}

function isNear(pointer: { readonly x: number; readonly y: number } | undefined, caret: Box): boolean {
  if (pointer === undefined) return false;
  return Math.abs(pointer.x - caret.left) <= HOVER_REACH && pointer.y >= caret.top && pointer.y <= caret.top + caret.height;
}

function makeLayer(className: string): HTMLElement {
  const layer = document.createElement('div');
  layer.className = className;
  layer.setAttribute('aria-hidden', 'true');
  return layer;
}

function listen(target: HTMLElement, type: string, listener: (event: Event) => void): () => void {
  target.addEventListener(type, listener, { passive: true });
  return () => target.removeEventListener(type, listener);
}
