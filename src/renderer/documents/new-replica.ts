import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Replica } from './replica';

/**
 * The origin of edits made here outside of the text editor (the title field). Undo takes back what was done under it
 * and under whatever else is in `undo.trackedOrigins`: the editor binding adds an origin object of its own there.
 */
export const LOCAL_ORIGIN = { name: 'edited here' } as const;

/** Edits within this time of each other are taken back together. */
const UNDO_STEP_MS = 500;

/** An empty replica with a client id of its own. It writes nothing: an empty title is shown as Untitled, never stored. */
export function newReplica(): Replica {
  const doc = new Y.Doc({ gc: true });
  const content = doc.getText('content');
  const title = doc.getText('title');
  const undo = new Y.UndoManager([content, title], {
    captureTimeout: UNDO_STEP_MS,
    trackedOrigins: new Set<unknown>([LOCAL_ORIGIN]),
  });
  const awareness = new Awareness(doc);
  return { doc, content, title, undo, awareness };
}

/** Ends a replica: its undo, presence and timers. */
export function destroyReplica(replica: Replica): void {
  replica.undo.destroy();
  replica.awareness.destroy();
  replica.doc.destroy();
}

/** Whether updates arrived that cannot be applied until others do: Yjs parks them and says nothing. */
export function hasGap(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}
