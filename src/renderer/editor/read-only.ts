/**
 * Reading: the same text with the same caret, and no way in.
 *
 * R1  From the turn on in which reading begins, no transaction of this editor changes the text, whoever makes it. What the
 *     document itself tells goes on.
 * R2  The browser is kept from trying: what it is about to insert or to replace is refused, an input method's preliminary
 *     text ends at once and goes nowhere.
 * R3  The text stays `contenteditable`: it keeps a caret, which keyboard selection and screen readers need. These are told
 *     that it may only be read; no keyboard comes up on a screen, and no word is marked as misspelt.
 * R4  When writing begins again nothing is loaded anew, and the focus stays where it is.
 */
import { EditorState, type Extension, Prec } from '@codemirror/state';
import { dropCursor, EditorView, placeholder } from '@codemirror/view';
import { fromReplica } from './text-binding';

/** What belongs to writing alone, or to reading alone. */
export function permission(readOnly: boolean): Extension {
  return readOnly ? reading : writing;
}

const writing: Extension = [dropCursor(), placeholder('Start writing. Whoever you share it with can write along.')];

const reading: Extension = [
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({
    'aria-readonly': 'true',
    spellcheck: 'false',
    autocorrect: 'off',
    autocapitalize: 'off',
    inputmode: 'none',
  }),
  placeholder('Nothing is written here yet.'),
  // Most commands look at `readOnly` by themselves; a programme that dispatches does not.
  Prec.highest(
    EditorState.transactionFilter.of((transaction) =>
      transaction.docChanged && transaction.annotation(fromReplica) === undefined ? [] : transaction,
    ),
  ),
  Prec.highest(
    EditorView.domEventHandlers({
      beforeinput: (event) => {
        event.preventDefault();
        return true;
      },
    }),
  ),
];

/** R2: to be called when reading has begun. An input method lets go of its text when the field loses the focus. */
export function endComposition(view: EditorView): void {
  const { contentDOM } = view;
  if (!view.compositionStarted || contentDOM.ownerDocument.activeElement !== contentDOM) return;
  contentDOM.blur();
  contentDOM.focus({ preventScroll: true });
}
