import type { Person } from './person';

const MOST_NAMES = 3;

/** One sentence for a polite live region about who came and who left; empty when there is nothing to say. (pure) */
export function announcePeople(before: readonly Person[], after: readonly Person[]): string {
  const came = others(after).filter((person) => !before.some(({ id }) => id === person.id));
  const left = others(before).filter((person) => !after.some(({ id }) => id === person.id));
  // Someone who reconnects gets a new id: the same name leaving and coming is no news.
  const news = came.filter((person) => !left.some(({ name }) => name === person.name));
  const losses = left.filter((person) => !came.some(({ name }) => name === person.name));
  const sentences: string[] = [];
  if (news.length > 0) sentences.push(`${listNames(news)} joined.`);
  if (losses.length > 0) sentences.push(`${listNames(losses)} left.`);
  return sentences.join(' ');
}

function others(people: readonly Person[]): readonly Person[] {
  return people.filter(({ isMe }) => !isMe);
}

/** “Ada, Grace and 3 more”. */
export function listNames(people: readonly Pick<Person, 'name'>[]): string {
  const names = people.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = people.length - names.length;
  if (more > 0) names.push(more === 1 ? 'one more' : `${more} more`);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}
