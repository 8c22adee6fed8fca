/** Finds the word that somebody meant. Pure. */

/** The nearest of `words` that differs in at most half of its letters, and in three at most. */
export function nearestWord(written: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const distance = editDistance(written, word);
    if (distance < least && distance <= Math.min(3, Math.floor(word.length / 2))) [nearest, least] = [word, distance];
  }
  return nearest;
}

/** Letters to add, remove or replace (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const replaced = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
