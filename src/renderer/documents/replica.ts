import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';

/**
 * This device's live copy of a document. It can be replaced as a whole while the document stays open (a new Y.Doc with
 * a new client id, filled from the relay alone): whoever holds parts of one watches for the next.
 */
export interface Replica {
  readonly doc: Y.Doc;
  /** Root `content`: the text, `\n` inside. */
  readonly content: Y.Text;
  /** Root `title`: a file name; empty is shown as Untitled and never written as such. */
  readonly title: Y.Text;
  /** Takes back only what was typed here. */
  readonly undo: Y.UndoManager;
  readonly awareness: Awareness;
}
