/** What is said about following somebody (pure). */
import type { Person } from '../presence/person';

/** In the bar at the edge of the text. @param isHere whether they are in the document right now. */
export function followingWords({ cursor, name }: Person, isHere: boolean): string {
  if (!isHere) return `${name} is gone; waiting a moment…`;
  return cursor === undefined ? `Following ${name}, who is not in the text yet` : `Following ${name}`;
}

/** On an avatar, for whoever points at it. */
export function avatarTip({ name, role, idle, cursor }: Person, isFollowed: boolean): string {
  if (role === 'viewer') return `${name} · reading`;
  if (isFollowed) return `Stop following ${name}`;
  if (idle === true) return `Follow ${name} · away`;
  return cursor === undefined ? `Follow ${name} · not in the text` : `Follow ${name}`;
}

/** For a screen reader; the name comes first, as it is what one looks for in a row of people. */
export function avatarLabel({ name, role, idle }: Person, isFollowed: boolean): string {
  if (role === 'viewer') return `${name}: reading along`;
  return isFollowed ? `${name}: stop following` : `${name}: follow${idle === true ? ', away' : ''}`;
}

export type FollowNews =
  | { readonly for: 'nobody' }
  /** Those who see the bar need no word. */
  | { readonly for: 'listeners'; readonly sentence: string }
  | { readonly for: 'everyone'; readonly sentence: string };

/** @param before, @param after whom one follows; of the one before, what was known last. */
export function followNews(before: Person | undefined, after: Person | undefined, people: readonly Person[]): FollowNews {
  // Back under another id is no news.
  if (before?.name === after?.name) return { for: 'nobody' };
  if (after !== undefined) return { for: 'listeners', sentence: `You are following ${after.name}.` };
  if (before === undefined) return { for: 'nobody' };
  const isHere = people.some(({ id }) => id === before.id);
  return isHere
    ? { for: 'listeners', sentence: `You no longer follow ${before.name}.` }
    : { for: 'everyone', sentence: `${before.name} left, so you follow nobody any more.` };
}
