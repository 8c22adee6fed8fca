import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type * as Y from 'yjs';
import { LOCAL_ORIGIN } from '../documents/new-replica';
import type { Replica } from '../documents/replica';
import { shownTitle } from '../documents/title';
import type { DocumentSession } from '../session/document-session';
import { useObservable, useSteady } from './observe';
import type { Shell } from './shell';
import { carryOver, editOfTitle, LONGEST_TITLE, oneLine, smallestChange } from './title-edit';

/**
 * The shared title, edited in place and by several people at once.
 *
 * R1  Whoever may only read can select and copy it, and changes nothing: from the turn on in which the role is another, and
 *     whatever an input method has begun.
 */
export function TitleField({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const field = useRef<HTMLInputElement>(null);
  const replica = useObservable(session.replica).value;
  const status = useObservable(session.status);
  const loaded = useSteady(() => status.value.loaded);
  useEffect(() => {
    if (field.current === null) return undefined;
    const isReadOnly = () => session.status.current.role === 'viewer';
    const bound = bindTitle(field.current, replica, isReadOnly);
    // At once: a picture later is too late for whoever is typing.
    const endStatus = session.status.subscribe(bound.look);
    return () => {
      endStatus();
      bound.end();
    };
  }, [replica, session]);
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

export interface BoundTitle {
  /** To be called when the role may be another. */
  look(): void;
  end(): void;
}

/** Keeps a field and the title the same, character by character. */
export function bindTitle(
  field: HTMLInputElement,
  { doc, title }: Pick<Replica, 'doc' | 'title'>,
  isReadOnly: () => boolean = () => false,
): BoundTitle {
  const showPage = () => {
    document.title = `${shownTitle(title.toString())} — Weft`;
  };
  const write = () => {
    if (isReadOnly()) return show();
    const change = editOfTitle(title.toString(), field.value);
    if (change !== undefined) {
      doc.transact(() => {
        if (change.remove > 0) title.delete(change.at, change.remove);
        if (change.insert !== '') title.insert(change.at, change.insert);
      }, LOCAL_ORIGIN);
    }
    // The next edit is one of what is shown: no more, and no less.
    show();
  };
  const onInput = (event: Event) => {
    // An input method's preliminary text is nobody else's business; it is written when it is settled.
    if (!(event as InputEvent).isComposing || isReadOnly()) write();
  };
  const show = () => {
    const shown = oneLine(title.toString());
    const change = smallestChange(field.value, shown);
    if (change === undefined) return;
    const { selectionStart, selectionEnd, selectionDirection } = field;
    field.value = shown;
    if (document.activeElement !== field || selectionStart === null || selectionEnd === null) return;
    field.setSelectionRange(carryOver(selectionStart, change), carryOver(selectionEnd, change), selectionDirection ?? 'none');
  };
  const read = (_event: Y.YTextEvent, transaction: Y.Transaction) => {
    showPage();
    if (transaction.origin !== LOCAL_ORIGIN || document.activeElement !== field) show();
  };
  const look = () => {
    if (field.readOnly === isReadOnly()) return;
    field.readOnly = isReadOnly();
    if (field.readOnly) show();
  };
  field.readOnly = isReadOnly();
  showPage();
  show();
  field.addEventListener('input', onInput);
  field.addEventListener('compositionend', write);
  title.observe(read);
  return {
    look,
    end: () => {
      field.removeEventListener('input', onInput);
      field.removeEventListener('compositionend', write);
      title.unobserve(read);
    },
  };
}
