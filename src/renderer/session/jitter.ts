export const SHORTEST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;

/** Full jitter: how long to wait after so many failures, anything up to a bound that doubles. @param random 0 ≤ random < 1 */
export function jitter(failures: number, random: number): number {
  const bound = Math.min(LONGEST_WAIT_MS, 2 * SHORTEST_WAIT_MS * 2 ** Math.min(failures, 16));
  return SHORTEST_WAIT_MS + random * (bound - SHORTEST_WAIT_MS);
}
