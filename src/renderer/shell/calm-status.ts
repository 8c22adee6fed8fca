/**
 * What is said of saving while somebody types.
 *
 * R1  It falls at once, and rises when nothing fell for {@link CALM_MS}: who types reads one word instead of three with each key,
 *     and it says less than is so for a moment, never more.
 * R2  All else that a status says is said at once.
 */
import type { Observable } from '../../shared/observable';
import type { SessionStatus } from '../session/status';

/** Longer than between two keys of somebody who types. */
const CALM_MS = 400;

/** Shows it now and whenever it changes. Returns its own end. */
export function watchCalmly(status: Observable<SessionStatus>, show: (status: SessionStatus) => void): () => void {
  let last = standingOf(status.current);
  let shown = status.current;
  let fellAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const { current } = status;
    const now = performance.now();
    const standing = standingOf(current);
    if (standing < last) fellAt = now;
    last = standing;
    const isCalm = now - fellAt >= CALM_MS;
    const { truth, unsavedSince, offlineCopy } = isCalm || standing <= standingOf(shown) ? current : shown;
    shown = { ...current, truth, unsavedSince, offlineCopy };
    clearTimeout(timer);
    if (!isCalm) timer = setTimeout(look, fellAt + CALM_MS - now);
    show(shown);
  };
  look();
  const unsubscribe = status.subscribe(look);
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}

/** How far everything that was typed has come. */
function standingOf({ truth, offlineCopy }: SessionStatus): number {
  if (truth === 'saved') return 3;
  if (truth === 'at-relay') return 2;
  return offlineCopy.ok && offlineCopy.isWritten ? 1 : 0;
}
