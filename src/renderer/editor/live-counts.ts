import type { EditorState, Extension, Text } from '@codemirror/state';
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { ObservableValue } from '../../shared/observable';
import { Pause } from './pause';
import { countText, type TextCounts } from './text-counts';

/** What the status bar shows. `line` and `column` count from 1. */
export interface EditorCounts {
  readonly words: number;
  readonly characters: number;
  readonly selectedWords: number;
  readonly selectedCharacters: number;
  readonly line: number;
  readonly column: number;
}

export const NO_COUNTS: EditorCounts = { words: 0, characters: 0, selectedWords: 0, selectedCharacters: 0, line: 1, column: 1 };

const PAUSE_MS = 150;
/** Work at a stretch: half of a frame. */
const SLICE_MS = 8;

/** Keeps `counts` up to date without ever holding up a key. */
export function liveCounts(counts: ObservableValue<EditorCounts>): Extension {
  return ViewPlugin.define((view) => new LiveCounts(view, counts));
}

class LiveCounts implements PluginValue {
  readonly #view: EditorView;
  readonly #counts: ObservableValue<EditorCounts>;
  readonly #pause = new Pause(PAUSE_MS, () => this.#continue(countState(this.#view.state)));
  #nextSlice: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, counts: ObservableValue<EditorCounts>) {
    this.#view = view;
    this.#counts = counts;
    this.#countSoon();
  }

  update(update: ViewUpdate): void {
    if (update.docChanged || update.selectionSet) this.#countSoon();
  }

  destroy(): void {
    clearTimeout(this.#nextSlice);
    this.#pause.stop();
  }

  #countSoon(): void {
    clearTimeout(this.#nextSlice);
    this.#pause.await();
  }

  #continue(work: Generator<undefined, EditorCounts>): void {
    const end = performance.now() + SLICE_MS;
    for (;;) {
      const { done, value } = work.next();
      if (done) {
        this.#counts.set(value);
        return;
      }
      if (performance.now() >= end) break;
    }
    this.#nextSlice = setTimeout(() => this.#continue(work), 0);
  }
}

/** Yields wherever one may pause. */
export function* countState(state: EditorState): Generator<undefined, EditorCounts> {
  const all = yield* countText(state.doc);
  let selected: TextCounts = { words: 0, characters: 0 };
  for (const { from, to, empty } of state.selection.ranges) {
    if (empty) continue;
    const part = yield* countText(slice(state.doc, from, to));
    selected = { words: selected.words + part.words, characters: selected.characters + part.characters };
  }
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  const column = [...line.text.slice(0, Math.min(head - line.from, 100_000))].length + 1;
  return { ...all, selectedWords: selected.words, selectedCharacters: selected.characters, line: line.number, column };
}

function slice(doc: Text, from: number, to: number): Text {
  return from === 0 && to === doc.length ? doc : doc.slice(from, to);
}
