/**
 * Draws where the others are: carets, selections and name flags, over and under the text.
 *
 * R1  One pass a frame: all layout is read, then everything is written; who did not move, and whose line was not written in,
 *     is not measured again. A pause after writing measures everybody, whatever the language made of other lines meanwhile.
 * R2  A flag shows when its person moves or the pointer is on the caret, and fades after {@link FLAG_SHOWN_MS}.
 * R3  Between two messages of a person their place moves with the text; a place whose text has not arrived waits for it.
 * R4  Out of sight costs nothing but the place.
 * R5  My own writing comes first: who moved meanwhile is drawn a frame later.
 * R6  In a crowd nothing fades: a hundred flags on their way in and out would be drawn in every frame.
 */
import { type Extension, Transaction } from '@codemirror/state';
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import type { Person } from '../presence/person';
import type { Box, CursorFigure, FigurePlacement } from './cursor-figure';
import { placeFlag } from './flag-placement';
import { Pause } from './pause';
import { Surface } from './span-geometry';
import { toSpans } from './text-places';
import { TrackedPerson, type WrittenLines } from './tracked-person';

export const FLAG_SHOWN_MS = 2000;
/** How near the pointer must come to a caret, in pixels. */
const HOVER_REACH = 6;
/** Flags that are over fade together, this often at most. */
const FADE_EVERY_MS = 100;
const CROWD = 20;
/** However much I write, the others are drawn after this long. */
const LONGEST_DELAY_MS = 100;
const PAUSE_MS = 250;

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

type Frame = readonly (readonly [CursorFigure, FigurePlacement])[];

class RemoteCursors implements PluginValue {
  readonly #view: EditorView;
  readonly #options: RemoteCursorsOptions;
  readonly #layers = { above: makeLayer('remote-cursors'), below: makeLayer('remote-selections') };
  readonly #tracked = new Map<number, TrackedPerson>();
  readonly #ends: (() => void)[] = [];
  readonly #request = { key: this, read: () => this.#measure(), write: (frame: Frame) => draw(frame) };
  #shape = '';
  /** Someone wrote since the last frame: heights that change meanwhile are their doing. */
  #isWritten = false;
  /** I wrote since the last frame (R5). */
  #isTyped = false;
  #delayedSince: number | undefined;
  #delayTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #pause = new Pause(PAUSE_MS, () => {
    this.#forgetMeasures();
    this.#drawSoon();
  });
  #pointer: { readonly x: number; readonly y: number } | undefined;
  #fadeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, options: RemoteCursorsOptions) {
    this.#view = view;
    this.#options = options;
    view.scrollDOM.append(this.#layers.below, this.#layers.above);
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
    const { docChanged, viewportChanged, geometryChanged } = update;
    if (docChanged) this.#moveWithText(update);
    this.#isTyped ||= update.transactions.some((each) => each.docChanged && each.annotation(Transaction.remote) !== true);
    if (geometryChanged && !this.#isWritten) this.#forgetMeasures();
    if (viewportChanged) for (const tracked of this.#tracked.values()) tracked.forgetPartialMeasure();
    if (docChanged || viewportChanged || geometryChanged || update.selectionSet || update.focusChanged) this.#drawSoon();
  }

  destroy(): void {
    clearTimeout(this.#fadeTimer);
    this.#pause.stop();
    clearTimeout(this.#delayTimer);
    for (const end of this.#ends) end();
    this.#layers.above.remove();
    this.#layers.below.remove();
  }

  placeOf(id: number): number | undefined {
    const tracked = this.#tracked.get(id);
    if (tracked === undefined) return undefined;
    this.#findPlaces();
    return tracked.span?.head;
  }

  showFlag(id: number): void {
    const tracked = this.#tracked.get(id);
    if (tracked === undefined) return;
    tracked.movedAt = performance.now();
    this.#drawSoon();
  }

  #take(people: readonly Person[]): void {
    const now = performance.now();
    const gone = new Set(this.#tracked.keys());
    for (const person of people) {
      if (person.isMe || person.cursor === undefined) continue;
      gone.delete(person.id);
      const before = this.#tracked.get(person.id);
      if (before === undefined) this.#tracked.set(person.id, new TrackedPerson(person, now, this.#layers));
      else before.renew(person, now);
    }
    for (const id of gone) {
      this.#tracked.get(id)?.figure.remove();
      this.#tracked.delete(id);
    }
    this.#layers.above.classList.toggle('is-crowd', this.#tracked.size > CROWD);
    this.#drawSoon();
  }

  #forgetPlaces(): void {
    for (const tracked of this.#tracked.values()) tracked.forgetPlace();
    this.#drawSoon();
  }

  #forgetMeasures(): void {
    for (const tracked of this.#tracked.values()) tracked.forgetMeasure();
  }

  /** R3 */
  #moveWithText({ changes, state }: ViewUpdate): void {
    this.#isWritten = true;
    const written: WrittenLines[] = [];
    changes.iterChangedRanges((_fromA, _toA, from, to) => {
      written.push({ from: state.doc.lineAt(from).from, to: state.doc.lineAt(to).to });
    });
    for (const tracked of this.#tracked.values()) tracked.moveWithText(changes, written);
    this.#pause.await();
  }

  #drawSoon(): void {
    this.#view.requestMeasure(this.#request);
  }

  #point(event: MouseEvent | undefined): void {
    this.#pointer = event === undefined ? undefined : { x: event.clientX, y: event.clientY };
    if (this.#tracked.size > 0) this.#drawSoon();
  }

  /** R3: of all who moved in one go. */
  #findPlaces(): void {
    const cursors = new Map<TrackedPerson, PresenceCursor>();
    for (const tracked of this.#tracked.values()) {
      const { newCursor } = tracked;
      if (newCursor !== undefined) cursors.set(tracked, newCursor);
    }
    const { length } = this.#view.state.doc;
    for (const [tracked, span] of toSpans(this.#options.replica.current, cursors)) {
      if (span.anchor <= length && span.head <= length) tracked.placeAt(span);
    }
  }

  #measure(): Frame {
    const view = this.#view;
    // One frame may measure several times, and tells of heights that changed by what was written only after the first.
    queueMicrotask(() => {
      this.#isWritten = false;
      this.#isTyped = false;
    });
    if (this.#tracked.size === 0) return [];
    const surface = new Surface(view);
    if (surface.shape !== this.#shape) this.#forgetMeasures();
    this.#shape = surface.shape;
    const now = performance.now();
    if (!this.#isBusyWithMe(now)) this.#findPlaces();
    const pointer = this.#pointer && surface.within(this.#pointer);
    const mine = view.hasFocus ? surface.caretAt(view.state.selection.main.head) : undefined;
    let nextFade = Number.POSITIVE_INFINITY;
    const placements = [...this.#tracked.values()].map((tracked): Frame[number] => {
      const { caret, selection } = tracked.geometryOn(surface);
      const fadesIn = tracked.movedAt + FLAG_SHOWN_MS - now;
      if (fadesIn > 0) nextFade = Math.min(nextFade, fadesIn);
      const hasFlag = caret !== undefined && (fadesIn > 0 || isNear(pointer, caret));
      const { figure } = tracked;
      const flag = hasFlag ? placeFlag({ caret, width: figure.flagWidth, visible: surface.visible, mine }) : ({ type: 'hidden' } as const);
      return [figure, { caret, selection, flag }];
    });
    this.#fadeIn(nextFade);
    return placements;
  }

  /** R5. A frame that is being measured takes up what is asked for meanwhile: the next one is asked for later. */
  #isBusyWithMe(now: number): boolean {
    this.#delayedSince ??= now;
    if (!this.#isTyped || now - this.#delayedSince >= LONGEST_DELAY_MS) {
      this.#delayedSince = undefined;
      return false;
    }
    clearTimeout(this.#delayTimer);
    this.#delayTimer = setTimeout(() => this.#drawSoon(), 0);
    return true;
  }

  #fadeIn(milliseconds: number): void {
    clearTimeout(this.#fadeTimer);
    if (Number.isFinite(milliseconds)) this.#fadeTimer = setTimeout(() => this.#drawSoon(), Math.max(milliseconds, FADE_EVERY_MS));
  }
}

const plugin = ViewPlugin.define<RemoteCursors, RemoteCursorsOptions>((view, options) => new RemoteCursors(view, options));

function draw(frame: Frame): void {
  for (const [figure, placement] of frame) figure.place(placement);
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
