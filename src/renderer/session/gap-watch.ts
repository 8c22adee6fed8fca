import type * as Y from 'yjs';
import type { Clock } from '../documents/clock';
import { hasGap } from '../documents/new-replica';

/** How long a missing update may be on its way. */
const PATIENCE_MS = 2_000;
const LONGEST_MS = 30_000;

/**
 * Notices updates that Yjs parked because an earlier one is missing, and asks for it: Yjs itself says nothing, and the
 * text would silently stay behind. Asks again, ever less often, until nothing is missing.
 *
 * @param ask sends a sync-request.
 * @returns its own end.
 */
export function watchGaps(doc: Y.Doc, clock: Clock, ask: () => void): () => void {
  let cancel: (() => void) | undefined;
  const wait = (ms: number) => {
    cancel = clock.after(ms, () => {
      cancel = undefined;
      if (!hasGap(doc)) return;
      ask();
      wait(Math.min(ms * 2, LONGEST_MS));
    });
  };
  const check = (transaction: Y.Transaction) => {
    if (!transaction.local && cancel === undefined && hasGap(doc)) wait(PATIENCE_MS);
  };
  doc.on('afterTransaction', check);
  return () => {
    cancel?.();
    doc.off('afterTransaction', check);
  };
}
