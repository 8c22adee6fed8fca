import { syntaxTree } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';

interface LinesInViewOptions {
  /** Whether it depends on what the parser makes of the text, too. */
  readonly byParser: boolean;
  /** Whether a change of the text leaves all decorations as they are, but for where they stand. */
  readonly onlyMoves?: (update: ViewUpdate) => boolean;
}

/** Decorations of the lines in view, made anew when these lines or the text changed. */
export function linesInView(decorate: (view: EditorView) => DecorationSet, { byParser, onlyMoves }: LinesInViewOptions): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = decorate(view);
      }

      update(update: ViewUpdate): void {
        const isParsedAnew = byParser && syntaxTree(update.startState) !== syntaxTree(update.state);
        if (update.docChanged && onlyMoves?.(update) === true) this.decorations = this.decorations.map(update.changes);
        else if (update.docChanged || update.viewportChanged || isParsedAnew) this.decorations = decorate(update.view);
      }
    },
    { decorations: ({ decorations }) => decorations },
  );
}
