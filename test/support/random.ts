/**
 * Randomness that can be had again: every test that draws prints its seed, and `WEFT_SEED=… npm test` replays it.
 */

/** Each call gives the next number in [0, 1); the same seed gives the same numbers (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed to use: the one in WEFT_SEED, else a fresh one. Prints it. */
export function seedFromEnvironment(): number {
  const given = process.env.WEFT_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`WEFT_SEED must be a whole number, not “${given}”`);
  process.stdout.write(`  seed ${seed}, replay with WEFT_SEED=${seed}\n`);
  return seed;
}

/** A whole number in [0, below). */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

/** One of them. */
export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
