/**
 * Lets my caret blink.
 *
 * R1  By a timer, twice in a period: CodeMirror's own is an animation, for which Chromium goes over the page in every frame, sixty
 *     times a second, as long as the editor has the focus.
 * R2  While I write or move it, the caret is there.
 */
import type { Extension } from '@codemirror/state';
import { EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';

const BLINK_MS = 600;

export function caretBlink(): Extension {
  return [noAnimation, ViewPlugin.define((view) => new CaretBlink(view))];
}

/** CodeMirror writes the animation's name to the element itself. */
const noAnimation = EditorView.theme({ '&.cm-focused > .cm-scroller > .cm-cursorLayer': { animation: 'none !important' } });

class CaretBlink implements PluginValue {
  readonly #view: EditorView;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isHidden = false;
  /** The caret was moved since it was hidden or shown last. */
  #isBusy = false;

  constructor(view: EditorView) {
    this.#view = view;
    if (view.hasFocus) this.#start();
  }

  update({ docChanged, selectionSet, focusChanged, view }: ViewUpdate): void {
    if (focusChanged) {
      this.#stop();
      if (view.hasFocus) this.#start();
    } else if (docChanged || selectionSet) {
      this.#isBusy = true;
      this.#hide(false);
    }
  }

  destroy(): void {
    this.#stop();
  }

  #start(): void {
    this.#timer = setInterval(() => {
      this.#hide(!this.#isBusy && !this.#isHidden);
      this.#isBusy = false;
    }, BLINK_MS);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#isBusy = false;
    this.#hide(false);
  }

  #hide(isHidden: boolean): void {
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    const layer = this.#view.scrollDOM.querySelector<HTMLElement>('.cm-cursorLayer');
    if (layer !== null) layer.style.visibility = isHidden ? 'hidden' : '';
  }
}
