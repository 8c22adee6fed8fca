import type { Person } from '../presence/person';

/** A box in pixels, from the upper left of the scrolled content. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where one person's figure goes in this frame. */
export interface FigurePlacement {
  /** `undefined`: out of sight. */
  readonly caret: Box | undefined;
  readonly selection: readonly Box[];
  readonly flag: FlagPlacement;
}

export type FlagPlacement = { readonly type: 'hidden' } | { readonly type: 'shown'; readonly left: number; readonly top: number };

export const FLAG_HEIGHT = 18;

/**
 * The elements that show one person in the text. Names are text and colours are numbers of a list: nothing else gets in.
 * Only what differs from the frame before is written, and whoever moves is one element that moves: caret and flag are in it.
 *
 * It moves by `left` and `top`, in a layer that is laid out by itself. Each transform would be a part of the page of its own, and each
 * positioned element one more layer: Chromium goes over all of them whenever anything is painted, or the pointer is looked up.
 */
export class CursorFigure {
  readonly #root = document.createElement('div');
  readonly #caret = document.createElement('div');
  readonly #flag = document.createElement('div');
  readonly #boxes: HTMLElement[] = [];
  readonly #below: HTMLElement;
  #shown: Pick<Person, 'name' | 'color' | 'idle'> | undefined;
  #placed: FigurePlacement = { caret: undefined, selection: [], flag: { type: 'hidden' } };
  /** From the caret; a flag that is hidden stays where it was. */
  #flagAt: Point | undefined;
  #flagWidth: number | undefined;

  constructor(above: HTMLElement, below: HTMLElement) {
    this.#below = below;
    this.#caret.className = 'remote-caret';
    this.#flag.className = 'remote-flag';
    this.#hide(true);
    this.#root.append(this.#caret, this.#flag);
    above.append(this.#root);
  }

  /** In pixels; reads layout when the name is new. Out of sight, or in a crowd, a flag has no box: it is given one for that. */
  get flagWidth(): number {
    if (this.#flagWidth === undefined) {
      const { hidden } = this.#root;
      this.#root.hidden = false;
      this.#flag.classList.add('is-measured');
      this.#flagWidth = this.#flag.offsetWidth;
      this.#flag.classList.remove('is-measured');
      this.#root.hidden = hidden;
    }
    return this.#flagWidth;
  }

  show({ name, color, idle = false }: Person): void {
    const before = this.#shown;
    this.#shown = { name, color, idle };
    if (before?.name !== name) {
      this.#flag.textContent = name;
      this.#flagWidth = undefined;
    }
    if (before?.color !== color) {
      for (const element of [this.#caret, this.#flag, ...this.#boxes]) element.dataset.person = String(color.index);
      this.#caret.classList.toggle('is-dashed', color.dashed);
      this.#flag.classList.toggle('is-dashed', color.dashed);
      // The second six have other flags.
      this.#flagWidth = undefined;
    }
    if (before?.idle !== idle) this.#caret.classList.toggle('is-idle', idle);
  }

  place(placement: FigurePlacement): void {
    const before = this.#placed;
    this.#placed = placement;
    this.#placeCaret(placement.caret, before.caret);
    this.#placeFlag(offsetOf(placement), offsetOf(before));
    this.#placeSelection(placement.selection, before.selection);
  }

  remove(): void {
    for (const element of [this.#root, ...this.#boxes]) element.remove();
  }

  #placeCaret(caret: Box | undefined, before: Box | undefined): void {
    if ((caret === undefined) !== (before === undefined)) this.#hide(caret === undefined);
    if (caret === undefined) return;
    if (caret.left !== before?.left || caret.top !== before.top) moveTo(this.#root, caret);
    if (caret.height !== before?.height) this.#caret.style.height = `${caret.height}px`;
  }

  #hide(isHidden: boolean): void {
    this.#root.hidden = isHidden;
    this.#caret.hidden = isHidden;
  }

  #placeFlag(flag: Point | undefined, before: Point | undefined): void {
    if ((flag === undefined) !== (before === undefined)) this.#flag.classList.toggle('is-shown', flag !== undefined);
    if (flag === undefined || (flag.left === this.#flagAt?.left && flag.top === this.#flagAt.top)) return;
    this.#flagAt = flag;
    moveTo(this.#flag, flag);
  }

  #placeSelection(selection: readonly Box[], before: readonly Box[]): void {
    while (this.#boxes.length > selection.length) this.#boxes.pop()?.remove();
    for (const [index, box] of selection.entries()) {
      const element = this.#boxes[index] ?? this.#addBox();
      const was = before[index];
      if (box.left !== was?.left || box.top !== was.top) moveTo(element, box);
      if (box.width !== was?.width) element.style.width = `${box.width}px`;
      if (box.height !== was?.height) element.style.height = `${box.height}px`;
    }
  }

  #addBox(): HTMLElement {
    const box = document.createElement('div');
    box.className = 'remote-selection';
    if (this.#shown !== undefined) box.dataset.person = String(this.#shown.color.index);
    this.#below.append(box);
    this.#boxes.push(box);
    return box;
  }
}

interface Point {
  readonly left: number;
  readonly top: number;
}

/** From caret to flag. Mostly the same: a flag is moved by its caret. */
function offsetOf({ caret, flag }: FigurePlacement): Point | undefined {
  return caret === undefined || flag.type === 'hidden' ? undefined : { left: flag.left - caret.left, top: flag.top - caret.top };
}

function moveTo(element: HTMLElement, { left, top }: Point): void {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}
