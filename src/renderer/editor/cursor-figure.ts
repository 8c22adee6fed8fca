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

/** The elements that show one person in the text. Names are text and colours are numbers of a list: nothing else gets in. */
export class CursorFigure {
  readonly #caret = document.createElement('div');
  readonly #flag = document.createElement('div');
  readonly #boxes: HTMLElement[] = [];
  readonly #below: HTMLElement;
  #color = '';
  #flagWidth: number | undefined;

  constructor(above: HTMLElement, below: HTMLElement) {
    this.#below = below;
    this.#caret.className = 'remote-caret';
    this.#flag.className = 'remote-flag';
    this.#caret.hidden = true;
    above.append(this.#caret, this.#flag);
  }

  /** In pixels; reads layout when the name is new. */
  get flagWidth(): number {
    this.#flagWidth ??= this.#flag.offsetWidth;
    return this.#flagWidth;
  }

  show({ name, color, idle = false }: Person): void {
    if (this.#flag.textContent !== name) {
      this.#flag.textContent = name;
      this.#flagWidth = undefined;
    }
    this.#color = String(color.index);
    for (const element of [this.#caret, this.#flag, ...this.#boxes]) element.dataset.person = this.#color;
    this.#caret.classList.toggle('is-dashed', color.dashed);
    this.#flag.classList.toggle('is-dashed', color.dashed);
    this.#caret.classList.toggle('is-idle', idle);
  }

  place({ caret, selection, flag }: FigurePlacement): void {
    this.#caret.hidden = caret === undefined;
    if (caret !== undefined) {
      moveTo(this.#caret, caret.left, caret.top);
      this.#caret.style.height = `${caret.height}px`;
    }
    this.#flag.classList.toggle('is-shown', flag.type === 'shown');
    if (flag.type === 'shown') moveTo(this.#flag, flag.left, flag.top);
    this.#placeSelection(selection);
  }

  remove(): void {
    for (const element of [this.#caret, this.#flag, ...this.#boxes]) element.remove();
  }

  #placeSelection(selection: readonly Box[]): void {
    while (this.#boxes.length > selection.length) this.#boxes.pop()?.remove();
    for (const [index, { left, top, width, height }] of selection.entries()) {
      const box = this.#boxes[index] ?? this.#addBox();
      moveTo(box, left, top);
      box.style.width = `${width}px`;
      box.style.height = `${height}px`;
    }
  }

  #addBox(): HTMLElement {
    const box = document.createElement('div');
    box.className = 'remote-selection';
    box.dataset.person = this.#color;
    this.#below.append(box);
    this.#boxes.push(box);
    return box;
  }
}

function moveTo(element: HTMLElement, left: number, top: number): void {
  element.style.transform = `translate(${left}px, ${top}px)`;
}
