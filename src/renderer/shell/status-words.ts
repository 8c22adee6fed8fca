/**
 * What the status bar says, and nothing that it cannot know (pure).
 *
 * R1  One of three truths: “On this device”, “At the relay”, “Saved”; with the age of the oldest edit that is not saved
 *     once it is older than a few seconds.
 * R2  Where this device keeps no offline copy, “On this device” would be a lie: “In this window only”.
 *     While it is being written there, nothing is claimed of it; what goes to the relay in a moment is “Saving…” until then.
 * R3  Before the text is complete nothing is claimed about it.
 * R4  Whoever reads saves nothing, and is told of no saving: whether they see the text as it is, or since when they do not.
 */
import { type Connection, isDeleted, type SessionStatus } from '../session/status';

export interface TruthWords {
  readonly level: 'nothing' | 'device' | 'relay' | 'saved' | 'reading';
  readonly words: string;
  /** One or two sentences for whoever asks what that means. */
  readonly explanation: string;
}

/** Below this age an edit is merely on its way. */
const AGE_WORTH_SAYING_MS = 4_000;

export function truthWords(status: SessionStatus, now: number): TruthWords {
  if (!status.loaded) return { level: 'nothing', words: '', explanation: '' };
  if (isDeleted(status.connection)) return deletedWords(status);
  if (status.truth === 'saved') {
    return { level: 'saved', words: 'Saved', explanation: 'The relay has written everything you typed to its disk.' };
  }
  const age = status.unsavedSince === undefined ? 0 : now - status.unsavedSince;
  const suffix = age >= AGE_WORTH_SAYING_MS ? ` for ${duration(age)}` : '';
  if (status.truth === 'at-relay') {
    return { level: 'relay', words: `At the relay${suffix}`, explanation: 'The relay has what you typed, but not yet on its disk.' };
  }
  if (isAboutToBeSaved(status, age)) return SAVING;
  if (!status.offlineCopy.ok) {
    return { level: 'nothing', words: `In this window only${suffix}`, explanation: status.offlineCopy.reason };
  }
  if (!status.offlineCopy.isWritten) return WRITING;
  return {
    level: 'device',
    words: `On this device${suffix}`,
    explanation:
      status.connection.state === 'refused'
        ? 'What you typed is kept on this device; the relay does not take it.'
        : 'What you typed is kept on this device and goes to the relay as soon as it can be reached.',
  };
}

/** Whatever was saved once: it is at no relay any more. */
function deletedWords({ offlineCopy }: SessionStatus): TruthWords {
  return offlineCopy.ok
    ? { level: 'device', words: 'On this device', explanation: 'Its owner deleted this document; your copy of it is on this device alone.' }
    : { level: 'nothing', words: 'In this window only', explanation: offlineCopy.reason };
}

/** Nothing is sure of it yet, neither here nor there, and nobody has to worry. */
function isAboutToBeSaved({ connection, offlineCopy, relayStorageFailing }: SessionStatus, age: number): boolean {
  const isKeptHere = offlineCopy.ok && offlineCopy.isWritten;
  return connection.state === 'connected' && !isKeptHere && !relayStorageFailing && age < AGE_WORTH_SAYING_MS;
}

const SAVING: TruthWords = { level: 'nothing', words: 'Saving…', explanation: 'What you typed is on its way to the relay’s disk.' };

const WRITING: TruthWords = {
  level: 'nothing',
  words: 'Writing to this device…',
  explanation: 'What you typed is being written to this device’s disk.',
};

/** @param seenUntil when a connection was there last, in milliseconds since 1970; `undefined` when not since this window is open. */
export function readingWords(status: SessionStatus, seenUntil: number | undefined, now: number, locale?: string): TruthWords {
  if (!status.loaded) return { level: 'nothing', words: '', explanation: '' };
  if (isDeleted(status.connection)) return deletedWords(status);
  if (status.connection.state === 'connected') {
    return { level: 'reading', words: 'Reading · up to date', explanation: 'You see what the others write as they write it.' };
  }
  if (seenUntil === undefined) {
    return { level: 'reading', words: 'Reading', explanation: 'This is the copy on this device; the relay may have a newer text.' };
  }
  return {
    level: 'reading',
    words: `Reading · last seen ${timeOfDay(seenUntil, now, locale)}`,
    explanation: 'What the others have written since then comes as soon as the relay can be reached.',
  };
}

/** `14:05` today, else as {@link timeAgo} says. */
function timeOfDay(then: number, now: number, locale?: string): string {
  if (startOfDay(then) !== startOfDay(now)) return timeAgo(then, now, locale);
  return new Date(then).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}

export function connectionWords(connection: Connection, now: number): string {
  switch (connection.state) {
    case 'connecting':
      return 'Connecting…';
    case 'connected':
      return 'Connected';
    case 'waiting': {
      const left = connection.retryAt - now;
      return left <= 1_000 ? 'Offline, trying again…' : `Offline, next try in ${duration(left)}`;
    }
    case 'needs-relay-key':
      return 'Needs the key of the relay';
    case 'refused':
      return isDeleted(connection) ? 'Deleted by its owner' : 'Refused by the relay';
  }
}

/** `12 s`, `3 min`, `5 h`, `2 days`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day' : `${days} days`;
}

/** When something was, as people say it: `just now`, `5 min ago`, `yesterday`, `3 Mar`. Both in milliseconds since 1970. */
export function timeAgo(then: number, now: number, locale?: string): string {
  const age = now - then;
  if (age < 60_000) return 'just now';
  if (age < 60 * 60_000) return `${duration(age)} ago`;
  const [day, today] = [startOfDay(then), startOfDay(now)];
  if (day === today) return `${duration(age)} ago`;
  const days = Math.round((today - day) / 86_400_000);
  if (days === 1) return 'yesterday';
  if (days < 7) return new Date(then).toLocaleDateString(locale, { weekday: 'long' });
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return new Date(then).toLocaleDateString(locale, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
}

function startOfDay(time: number): number {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
