const MANNERS = ['Quiet', 'Bright', 'Gentle', 'Swift', 'Curious', 'Merry', 'Calm', 'Brave', 'Kind', 'Clever', 'Patient', 'Sunny'] as const;
const ANIMALS = ['Heron', 'Otter', 'Finch', 'Hare', 'Lynx', 'Wren', 'Badger', 'Swallow', 'Marten', 'Plover', 'Beaver', 'Lark'] as const;

/** A name for whoever has not chosen one, such as “Quiet Heron”. `random` yields numbers in [0, 1). */
export function friendlyName(random: () => number): string {
  return `${pick(MANNERS, random())} ${pick(ANIMALS, random())}`;
}

/** The same name for the same presence id, on every device. */
export function friendlyNameOf(id: number): string {
  const manner = (id % MANNERS.length) / MANNERS.length;
  const animal = (Math.floor(id / MANNERS.length) % ANIMALS.length) / ANIMALS.length;
  const draws = [manner, animal];
  return friendlyName(() => draws.shift() ?? 0);
}

function pick(words: readonly string[], draw: number): string {
  return words[Math.min(words.length - 1, Math.floor(draw * words.length))] ?? '';
}
