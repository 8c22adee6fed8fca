import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type * as Y from 'yjs';
import { LOCAL_ORIGIN } from '../documents/new-replica';
import type { Replica } from '../documents/replica';
import { shownTitle } from '../documents/title';
import type { DocumentSession } from '../session/document-session';
import { useObservable } from './observe';
import type { Shell } from './shell';
import { carryOver, LONGEST_TITLE, oneLine, smallestChange } from './title-edit';

/** The shared title, edited in place and by several people at once. */
export function TitleField({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const field = useRef<HTMLInputElement>(null);
  const replica = useObservable(session.replica).value;
  const { loaded } = useObservable(session.status).value;
  useEffect(() => (field.current === null ? undefined : bindTitle(field.current, replica)), [replica]);
  return (
    <input
      ref={field}
      class="title"
      data-testid="title-input"
      type="text"
      aria-label="Title"
      placeholder={loaded ? 'Untitled' : ''}
      maxLength={LONGEST_TITLE}
      disabled={!loaded}
      spellcheck={false}
      autocomplete="off"
      onKeyDown={(event) => {
        if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
        event.preventDefault();
        shell.editor.peek()?.focus();
      }}
    />
  );
}

/** Keeps a field and the title the same, character by character. Returns its own end. */
export function bindTitle(field: HTMLInputElement, { doc, title }: Pick<Replica, 'doc' | 'title'>): () => void {
  const showPage = () => {
    document.title = `${shownTitle(title.toString())} — Weft`;
  };
  const write = () => {
    const change = smallestChange(title.toString(), oneLine(field.value));
    if (change === undefined) return;
    doc.transact(() => {
      if (change.remove > 0) title.delete(change.at, change.remove);
      if (change.insert !== '') title.insert(change.at, change.insert);
    }, LOCAL_ORIGIN);
  };
  const onInput = (event: Event) => {
    // An input method's preliminary text is nobody else's business; it is written when it is settled.
    if (!(event as InputEvent).isComposing) write();
  };
  const read = (_event: Y.YTextEvent | undefined, transaction: Y.Transaction | undefined) => {
    showPage();
    const shown = oneLine(title.toString());
    const change = smallestChange(field.value, shown);
    if (change === undefined || (transaction?.origin === LOCAL_ORIGIN && document.activeElement === field)) return;
    const { selectionStart, selectionEnd, selectionDirection } = field;
    field.value = shown;
    if (document.activeElement !== field || selectionStart === null || selectionEnd === null) return;
    field.setSelectionRange(carryOver(selectionStart, change), carryOver(selectionEnd, change), selectionDirection ?? 'none');
  };
  read(undefined, undefined);
  field.addEventListener('input', onInput);
  field.addEventListener('compositionend', write);
  title.observe(read);
  return () => {
    field.removeEventListener('input', onInput);
    field.removeEventListener('compositionend', write);
    title.unobserve(read);
  };
}
