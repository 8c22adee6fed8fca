/**
 * What is printed: the whole text below its title. The editor has drawn only what is in view, within a window of one page.
 *
 * R1  It is in the page while it is printed, and at no other time: a second text would be read, found and kept up to date.
 */
import type { EditorView } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';
import { shownTitle } from '../documents/title';

/** Returns its own end. How it looks, and that all else is hidden: shell/print.css. */
export function printWholeText(view: EditorView, replica: Observable<Replica>): () => void {
  const { ownerDocument } = view.dom;
  const printed = ownerDocument.createElement('article');
  printed.className = 'printed-text';
  const end = new AbortController();
  const { signal } = end;
  const fill = () => {
    const title = ownerDocument.createElement('h1');
    title.textContent = shownTitle(replica.current.title.toString());
    const text = ownerDocument.createElement('div');
    text.textContent = view.state.doc.toString();
    printed.dataset.kind = view.dom.dataset.kind;
    printed.replaceChildren(title, text);
    ownerDocument.body.append(printed);
  };
  const empty = () => {
    printed.remove();
    printed.replaceChildren();
  };
  addEventListener('beforeprint', fill, { signal });
  addEventListener('afterprint', empty, { signal });
  return () => {
    end.abort();
    empty();
  };
}
