/**
 * Whether somebody who left and somebody who came are one person: a connection that was cut comes back under the same id,
 * a window that was loaded anew under another (pure).
 *
 * R1  It is them when name and colour are the same and nobody else could be meant: nobody like them was there before, and
 *     only one came.
 */
import type { Person } from './person';

/** Ids of others who look just like `person`. */
export function namesakesOf(person: Person, people: readonly Person[]): readonly number[] {
  return people.filter((other) => other.id !== person.id && looksLike(other, person)).map(({ id }) => id);
}

/** @param before ids of those who looked like them while they were there. `undefined` when it is not clear. */
export function cameBackAs(gone: Person, before: readonly number[], people: readonly Person[]): Person | undefined {
  const alike = people.filter((other) => !other.isMe && looksLike(other, gone));
  return before.length === 0 && alike.length === 1 ? alike[0] : undefined;
}

function looksLike(one: Person, other: Person): boolean {
  return one.name === other.name && one.color.index === other.color.index;
}
