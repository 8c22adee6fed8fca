/** The one list of what the editor can do. Whatever changes while it is open is a compartment. */
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  type KeyBinding,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { appearance } from './appearance';
import { caretBlink } from './caret-blink';
import { hangingIndent } from './hanging-indent';
import type { TextKind } from './language-of-title';
import { lineDirection } from './line-direction';
import { literalLines } from './literal-lines';
import { endComposition, permission } from './read-only';
import { createSearchPanel } from './search-panel';
import { wellFormedText } from './well-formed-text';

export interface ExtensionParts {
  /** Binding, cursors, counts: what is shared and what watches. */
  readonly shared: Extension;
  readonly undoKeys: readonly KeyBinding[];
  readonly nonce: string | undefined;
  readonly settings: EditorSettings;
}

export interface EditorSettings {
  readonly theme: 'light' | 'dark';
  readonly wrapLines: boolean;
  readonly readOnly: boolean;
  readonly kind: TextKind;
}

/** The parts of the list that change, and how. */
export class ChangingExtensions {
  readonly #theme = new Compartment();
  readonly #wrap = new Compartment();
  readonly #readOnly = new Compartment();
  readonly #kind = new Compartment();
  readonly #language = new Compartment();

  initial({ theme, wrapLines, readOnly, kind }: EditorSettings): Extension {
    return [
      this.#theme.of(themeExtension(theme)),
      this.#wrap.of(wrapExtension(wrapLines)),
      this.#readOnly.of(permission(readOnly)),
      this.#kind.of(kindExtension(kind)),
      this.#language.of([]),
    ];
  }

  setTheme(view: EditorView, theme: 'light' | 'dark'): void {
    view.dispatch({ effects: this.#theme.reconfigure(themeExtension(theme)) });
  }

  setWrap(view: EditorView, on: boolean): void {
    view.dispatch({ effects: this.#wrap.reconfigure(wrapExtension(on)) });
  }

  setReadOnly(view: EditorView, on: boolean): void {
    if (view.state.readOnly === on) return;
    view.dispatch({ effects: this.#readOnly.reconfigure(permission(on)) });
    if (on) endComposition(view);
  }

  setKind(view: EditorView, kind: TextKind): void {
    view.dispatch({ effects: this.#kind.reconfigure(kindExtension(kind)) });
  }

  setLanguage(view: EditorView, language: Extension): void {
    view.dispatch({ effects: this.#language.reconfigure(language) });
  }
}

/**
 * No `history()`: undo is the replica's. Tab indents (in Markdown, list-levels.ts); Escape and then Tab leaves the editor (built into CodeMirror), and so
 * does Ctrl-m (Shift-Alt-m on a Mac) for good.
 */
export function editorExtensions({ shared, undoKeys, nonce, settings }: ExtensionParts, changing: ChangingExtensions): Extension {
  return [
    wellFormedText(),
    shared,
    changing.initial(settings),
    nonce === undefined ? [] : EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of({
      'aria-label': 'Text of the document',
      'aria-description': 'Escape, then Tab, leaves the text',
      spellcheck: 'true',
      autocapitalize: 'sentences',
    }),
    // What one goes to by keys has room around it: at the beginning, all that is above the first line.
    EditorView.scrollMargins.of(() => ({ top: 48, bottom: 40 })),
    highlightSpecialChars(),
    drawSelection(),
    caretBlink(),
    EditorState.allowMultipleSelections.of(true),
    rectangularSelection(),
    crosshairCursor(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches({ minSelectionLength: 2, wholeWords: true }),
    search({ top: true, createPanel: createSearchPanel }),
    keymap.of([...closeBracketsKeymap, ...undoKeys, ...searchKeymap, ...foldKeymap, ...defaultKeymap, indentWithTab]),
    appearance(),
  ];
}

function themeExtension(theme: 'light' | 'dark'): Extension {
  return EditorView.darkTheme.of(theme === 'dark');
}

function wrapExtension(on: boolean): Extension {
  return on ? EditorView.lineWrapping : [];
}

function kindExtension(kind: TextKind): Extension {
  const attributes = EditorView.editorAttributes.of({ 'data-kind': kind });
  if (kind === 'prose') return [attributes, lineDirection(), literalLines(), hangingIndent()];
  const plainTyping = EditorView.contentAttributes.of({ spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' });
  return [attributes, plainTyping, lineNumbers(), highlightActiveLineGutter(), foldGutter()];
}
