/** Whether a list of people shows the same: where somebody is in the text is in no list, and changes many times a second (pure). */
import type { Person } from './person';

export function looksTheSame(one: readonly Person[], other: readonly Person[]): boolean {
  return one === other || (one.length === other.length && one.every((person, index) => isAlike(person, other[index])));
}

function isAlike(one: Person, other: Person | undefined): boolean {
  if (one === other) return true;
  return (
    one.id === other?.id &&
    one.name === other.name &&
    one.color.index === other.color.index &&
    one.role === other.role &&
    one.isMe === other.isMe &&
    one.idle === other.idle &&
    (one.cursor === undefined) === (other.cursor === undefined)
  );
}
