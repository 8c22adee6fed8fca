import type { Clock } from '../documents/clock';
import type { DocumentSession } from './document-session';
import type { SessionStatus } from './status';

/** How a session in the background ended. */
export type Outcome =
  /** Nothing is unsaved any more. */
  | 'saved'
  /** The relay cannot be reached. */
  | 'away'
  /** It took everything and saved nothing for a long time. */
  | 'not-saving'
  | 'refused'
  /** Only reading is allowed, or the document would have to be replaced: for a person to see. */
  | 'left-alone'
  /** Somebody opens the document. */
  | 'ceded';

/** From opening to saved: a long document on a slow line, twice over. */
export const LONGEST_MS = 60_000;

/** Opens a session, waits until all is saved or will not be, and closes it. */
export async function saveInBackground(
  open: (onMisfit: () => void) => Promise<DocumentSession>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Outcome> {
  let isMisfit = false;
  let look: () => void = () => undefined;
  const session = await open(() => {
    isMisfit = true;
    look();
  });
  // Nobody is there who could be seen.
  session.replica.current.awareness.setLocalState(null);
  let end: () => void = () => undefined;
  try {
    return await new Promise<Outcome>((resolve) => {
      look = () => {
        const outcome = signal.aborted ? 'ceded' : isMisfit ? 'left-alone' : outcomeOf(session.status.current);
        if (outcome !== undefined) resolve(outcome);
      };
      const stopWatching = session.status.subscribe(look);
      const stopWaiting = clock.after(LONGEST_MS, () => resolve('not-saving'));
      signal.addEventListener('abort', look);
      end = () => {
        stopWatching();
        stopWaiting();
        signal.removeEventListener('abort', look);
      };
      look();
    });
  } finally {
    end();
    await session.close();
  }
}

function outcomeOf({ truth, unsavedSince, role, connection }: SessionStatus): Outcome | undefined {
  if (truth === 'saved' && unsavedSince === undefined) return 'saved';
  if (role === 'viewer') return 'left-alone';
  if (connection.state === 'waiting') return 'away';
  return connection.state === 'refused' || connection.state === 'needs-relay-key' ? 'refused' : undefined;
}
