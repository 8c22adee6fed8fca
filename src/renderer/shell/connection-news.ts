/**
 * What whoever cannot see the status bar is told of it: one sentence when something changes that matters to them.
 *
 * R1  A connection that is back within {@link WORTH_SAYING_MS} was never worth a word; nor is its coming back then.
 * R2  What is typed and stays unsaved for {@link WORRYING_MS} is said once, and so is that it is saved after that.
 * R3  A refusal is said where it is shown: by an alert, which would say it twice.
 */
import type { Clock } from '../../shared/clock';
import type { Observable } from '../../shared/observable';
import type { SessionStatus } from '../session/status';

const WORTH_SAYING_MS = 3_000;
/** The same from which on the status bar looks worried. */
export const WORRYING_MS = 20_000;

/** Returns its own end. */
export function watchConnectionNews(status: Observable<SessionStatus>, clock: Clock, tell: (sentence: string) => void): () => void {
  const offline = new Spell({
    begins: () => tell(offlineWords(status.current)),
    ends: () => {
      if (status.current.connection.state === 'connected') tell('Connected again.');
    },
  });
  const unsaved = new Spell({
    begins: () => tell('What you typed is not saved yet.'),
    ends: () => {
      if (status.current.unsavedSince === undefined) tell('Everything is saved.');
    },
  });
  let wasConnected = false;
  const look = () => {
    const { connection, role, unsavedSince } = status.current;
    wasConnected ||= connection.state === 'connected';
    const isAway = connection.state === 'waiting' || (connection.state === 'connecting' && wasConnected);
    offline.look(isAway, WORTH_SAYING_MS, clock);
    const isUnsaved = connection.state === 'connected' && role !== 'viewer' && unsavedSince !== undefined;
    const age = unsavedSince === undefined ? 0 : clock.now() - unsavedSince;
    // Between two connections it is neither better nor worse.
    if (isAway) unsaved.stop();
    else unsaved.look(isUnsaved, Math.max(WORTH_SAYING_MS, WORRYING_MS - age), clock);
  };
  const end = status.subscribe(look);
  look();
  return () => {
    end();
    offline.stop();
    unsaved.stop();
  };
}

function offlineWords({ role, offlineCopy }: SessionStatus): string {
  if (role === 'viewer') return 'Offline: you see the text as it was last.';
  return offlineCopy.ok ? 'Offline: what you type is kept on this device.' : 'Offline: what you type is in this window only.';
}

/** Something that holds for a while; of what ends early nobody hears. */
class Spell {
  readonly #words: { readonly begins: () => void; readonly ends: () => void };
  #isTold = false;
  #cancel: (() => void) | undefined;

  constructor(words: { readonly begins: () => void; readonly ends: () => void }) {
    this.#words = words;
  }

  look(holds: boolean, afterMs: number, clock: Clock): void {
    if (!holds) {
      this.stop();
      if (this.#isTold) this.#words.ends();
      this.#isTold = false;
    } else if (!this.#isTold && this.#cancel === undefined) {
      this.#cancel = clock.after(afterMs, () => {
        this.#isTold = true;
        this.#words.begins();
      });
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
