/**
 * Draws where the others are: carets, selections and name flags, over and under the text.
 *
 * R1  One pass a frame, however often anybody moves: all layout is read, then everything is written; who did not move, and whose
 *     line was not written in, is not measured again. A pause after writing measures everybody (measuring-turns.ts).
 * R2  Flags show and fade as cursor-frame.ts says.
 * R3  Between two messages of a person their place moves with the text; a place whose text has not arrived waits for it.
 * R4  Out of sight costs nothing but the place.
 * R5  My own writing comes first: who moved meanwhile is drawn a frame later, in a crowd all of them at once (measuring-turns.ts).
 * R6  In a crowd nothing fades: a hundred flags on their way in and out would be drawn in every frame.
 */
import { type Extension, Transaction } from '@codemirror/state';
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import type { Person } from '../presence/person';
import { type CursorFrame, EMPTY_FRAME, readFrame } from './cursor-frame';
import { MeasuringTurns } from './measuring-turns';
import { Surface } from './span-geometry';
import { toSpans } from './text-places';
import { TrackedPerson, type WrittenLines } from './tracked-person';

/** Flags that are over fade together, this often at most. */
const FADE_EVERY_MS = 100;

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

class RemoteCursors implements PluginValue {
  readonly #view: EditorView;
  readonly #options: RemoteCursorsOptions;
  readonly #layers = { above: makeLayer('remote-cursors'), below: makeLayer('remote-selections') };
  readonly #tracked = new Map<number, TrackedPerson>();
  readonly #ends: (() => void)[] = [];
  readonly #request = { key: this, read: () => this.#measure(), write: (frame: CursorFrame) => this.#draw(frame) };
  #shape = '';
  #isCrowded = false;
  readonly #turns = new MeasuringTurns({
    drawSoon: () => this.#drawSoon(),
    onPause: () => {
      this.#forgetMeasures();
      this.#drawSoon();
    },
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
    if (geometryChanged && !this.#turns.isWritten) this.#forgetMeasures();
    if (viewportChanged) for (const tracked of this.#tracked.values()) tracked.forgetPartialMeasure();
    if (docChanged || viewportChanged || geometryChanged || update.selectionSet || update.focusChanged) this.#drawSoon();
  }

  destroy(): void {
    clearTimeout(this.#fadeTimer);
    this.#turns.end();
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
    tracked.pointOut(performance.now());
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
    this.#turns.moved(this.#isCrowded);
  }

  #forgetPlaces(): void {
    for (const tracked of this.#tracked.values()) tracked.forgetPlace();
    this.#drawSoon();
  }

  #forgetMeasures(): void {
    for (const tracked of this.#tracked.values()) tracked.forgetMeasure();
  }

  /** R3 */
  #moveWithText({ changes, state, transactions }: ViewUpdate): void {
    const isMine = transactions.some((each) => each.docChanged && each.annotation(Transaction.remote) !== true);
    this.#turns.written(isMine ? 'me' : 'others');
    const written: WrittenLines[] = [];
    changes.iterChangedRanges((_fromA, _toA, from, to) => {
      written.push({ from: state.doc.lineAt(from).from, to: state.doc.lineAt(to).to });
    });
    for (const tracked of this.#tracked.values()) tracked.moveWithText(changes, written);
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

  #measure(): CursorFrame {
    const view = this.#view;
    const now = performance.now();
    const isTimeToLookUp = this.#turns.begin(now, this.#isCrowded);
    if (this.#tracked.size === 0) return EMPTY_FRAME;
    const surface = new Surface(view);
    if (surface.shape !== this.#shape) this.#forgetMeasures();
    this.#shape = surface.shape;
    if (isTimeToLookUp) this.#findPlaces();
    return readFrame([...this.#tracked.values()], surface, {
      pointer: this.#pointer && surface.within(this.#pointer),
      mine: view.hasFocus ? surface.caretAt(view.state.selection.main.head) : undefined,
      now,
    });
  }

  #draw({ placements, isCrowded, nextFade }: CursorFrame): void {
    for (const [figure, placement] of placements) figure.place(placement);
    // R6
    this.#isCrowded = isCrowded;
    this.#layers.above.classList.toggle('is-crowd', isCrowded);
    clearTimeout(this.#fadeTimer);
    if (Number.isFinite(nextFade)) this.#fadeTimer = setTimeout(() => this.#drawSoon(), Math.max(nextFade, FADE_EVERY_MS));
  }
}

const plugin = ViewPlugin.define<RemoteCursors, RemoteCursorsOptions>((view, options) => new RemoteCursors(view, options));

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
