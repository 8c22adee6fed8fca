import './editor.css';
import { openSearchPanel } from '@codemirror/search';
import { EditorState, Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { type Observable, ObservableValue } from '../../shared/observable';
import type { Replica } from '../documents/replica';
import { type Me, publishMe } from '../presence/me';
import type { Person } from '../presence/person';
import { publishCursor } from './cursor-publisher';
import { ChangingExtensions, editorExtensions } from './extensions';
import { follower, followPerson } from './follower';
import { languageOfTitle } from './language-of-title';
import { type EditorCounts, liveCounts, NO_COUNTS } from './live-counts';
import { pressing } from './pressing';
import { printWholeText } from './printed-text';
import { remoteCursors } from './remote-cursors';
import { textBinding, textOf } from './text-binding';
import { watchTitle } from './title-watcher';
import { UndoHistory } from './undo-history';

/** The editor of one open document, as the shell drives it. */
export interface EditorHandle {
  readonly view: EditorView;
  readonly counts: Observable<EditorCounts>;
  setTheme(theme: 'light' | 'dark'): void;
  setWrap(on: boolean): void;
  /** CSS pixels. */
  setFontSize(pixels: number): void;
  setReadOnly(on: boolean): void;
  focus(): void;
  openSearch(): void;
  undo(): void;
  redo(): void;
  /** Goes where someone goes, beginning with where they are now; `undefined`: nowhere any more. */
  follow(personId: number | undefined): void;
  /** Whom the view follows. It ends by itself: when the view is scrolled, when something is typed, when they leave. */
  readonly following: Observable<number | undefined>;
  destroy(): void;
}

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly replica: Observable<Replica>;
  readonly me: Observable<Me>;
  readonly people: Observable<readonly Person[]>;
  readonly theme: 'light' | 'dark';
  readonly wrapLines: boolean;
  readonly fontSize: number;
  readonly readOnly?: boolean;
  readonly nonce: string | undefined;
  /** A link was pressed: an http, https, mailto or weft address. */
  readonly openLink: (address: string) => void;
  /** Whether its people press ⌘ where others press Ctrl. */
  readonly isMac: boolean;
}

export function createEditor(options: EditorOptions): EditorHandle {
  const { parent, replica, me, people, theme, wrapLines, fontSize, readOnly = false, nonce, openLink, isMac } = options;
  const counts = new ObservableValue<EditorCounts>(NO_COUNTS);
  const following = new ObservableValue<number | undefined>(undefined);
  const history = new UndoHistory(replica);
  const changing = new ChangingExtensions();
  const endGroupOnMove = EditorView.updateListener.of(({ transactions, focusChanged }) => {
    if (focusChanged || transactions.some(({ selection, docChanged }) => selection !== undefined && !docChanged)) history.endGroup();
  });
  const shared = [
    textBinding({ replica, beforeWrite: (transaction) => history.beforeWrite(transaction) }),
    publishCursor(replica),
    remoteCursors({ replica, people }),
    follower({ people, following }),
    liveCounts(counts),
    pressing({ openLink, isMac }),
    endGroupOnMove,
  ];
  const { kind } = languageOfTitle(replica.current.title.toString());
  const settings = { theme, wrapLines, readOnly, kind };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: Text.of(textOf(replica.current.content).split('\n')),
      extensions: editorExtensions({ shared, undoKeys: history.keys, nonce, settings }, changing),
    }),
  });
  const setFontSize = (pixels: number) => {
    view.dom.style.setProperty('--editor-font-size', `${pixels}px`);
    view.requestMeasure();
  };
  setFontSize(fontSize);
  const ends = [publishMe(replica, me), watchTitle(view, replica, changing), printWholeText(view, replica)];
  return {
    view,
    counts,
    setTheme: (next) => changing.setTheme(view, next),
    setWrap: (on) => changing.setWrap(view, on),
    setFontSize,
    setReadOnly: (on) => changing.setReadOnly(view, on),
    focus: () => view.focus(),
    openSearch: () => void openSearchPanel(view),
    undo: () => void history.undo(view),
    redo: () => void history.redo(view),
    follow: (personId) => followPerson(view, personId),
    following,
    destroy: () => {
      for (const end of ends) end();
      view.destroy();
      history.destroy();
    },
  };
}
