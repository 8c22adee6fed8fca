import type { ChangeDesc } from '@codemirror/state';
import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Person } from '../presence/person';
import { CursorFigure } from './cursor-figure';
import type { MeasuredSpan, SpanGeometry, Surface } from './span-geometry';
import { isSameCursor, type TextSpan } from './text-places';

/** Lines that were written in, by offsets in the text after it. */
export interface WrittenLines {
  readonly from: number;
  readonly to: number;
}

/** One of the others while they are in the text: where they are, and what of it is known. */
export class TrackedPerson {
  readonly figure: CursorFigure;
  #movedAt: number;
  /** When I was to be shown who this is. */
  #pointedOutAt = Number.NEGATIVE_INFINITY;
  #person: Person;
  /** By offsets in the editor's present text. */
  #span: TextSpan | undefined;
  /** The person said something new that is not yet in `#span`. */
  #isStale = true;
  /** `undefined`: to be measured. */
  #measured: MeasuredSpan | undefined;

  constructor(person: Person, now: number, layers: { readonly above: HTMLElement; readonly below: HTMLElement }) {
    this.figure = new CursorFigure(layers.above, layers.below);
    this.figure.show(person);
    this.#person = person;
    this.#movedAt = now;
  }

  get span(): TextSpan | undefined {
    return this.#span;
  }

  /** What has to be looked up in the text. */
  get newCursor(): PresenceCursor | undefined {
    return this.#isStale ? this.#person.cursor : undefined;
  }

  pointOut(now: number): void {
    this.#pointedOutAt = now;
  }

  /** Since when there has been a reason to say who this is; among many, moving is none. */
  flagSince(isCrowded: boolean): number {
    return isCrowded ? this.#pointedOutAt : Math.max(this.#movedAt, this.#pointedOutAt);
  }

  renew(person: Person, now: number): void {
    if (person === this.#person) return;
    if (!isSameCursor(this.#person.cursor, person.cursor)) {
      this.#isStale = true;
      this.#movedAt = now;
    }
    this.#person = person;
    this.figure.show(person);
  }

  forgetPlace(): void {
    this.#isStale = true;
  }

  placeAt(span: TextSpan): void {
    this.#isStale = false;
    this.#span = span;
    this.#measured = undefined;
  }

  /** Whoever writes stands after what they wrote: so does their caret until they say where it is. */
  moveWithText(changes: ChangeDesc, written: readonly WrittenLines[]): void {
    if (this.#span === undefined) return;
    const anchor = changes.mapPos(this.#span.anchor, 1);
    const head = changes.mapPos(this.#span.head, 1);
    this.#span = { anchor, head };
    const isTouched = written.some(({ from, to }) => Math.max(anchor, head) >= from && Math.min(anchor, head) <= to);
    if (isTouched || this.#measured?.lineTop === undefined) this.#measured = undefined;
  }

  forgetMeasure(): void {
    this.#measured = undefined;
  }

  /** What was out of sight, wholly or in part, may have come into it. */
  forgetPartialMeasure(): void {
    if (this.#measured?.caret === undefined || this.#measured.lineTop === undefined) this.#measured = undefined;
  }

  geometryOn(surface: Surface): SpanGeometry {
    if (this.#span === undefined) return { caret: undefined, selection: [] };
    const known = this.#measured && surface.moved(this.#measured, this.#span);
    if (known !== undefined) return known;
    this.#measured = surface.measure(this.#span);
    return this.#measured;
  }
}
