/**
 * How often one connection may ask for what it lacks: a sync-request of four bytes is answered by the whole document.
 *
 * R1  `perMinute` requests for at least half of the document in any minute; a smaller difference counts a tenth.
 * R2  A request that lacks nothing is not counted.
 */
import type { Clock } from '../ports';

const MINUTE_MS = 60_000;
const DIFFERENCE = 0.1;

export class FullSyncBudget {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** Oldest first. */
  #spent: { readonly at: number; readonly cost: number }[] = [];

  constructor({ clock, perMinute }: { readonly clock: Clock; readonly perMinute: number }) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Whether a request is within the budget. @param lacking the part of the document that the asker lacks, 0–1. */
  spend(lacking: number): boolean {
    if (lacking === 0) return true;
    const now = this.#clock.now();
    this.#spent = this.#spent.filter(({ at }) => now - at < MINUTE_MS);
    const cost = lacking >= 0.5 ? 1 : DIFFERENCE;
    const spent = this.#spent.reduce((sum, entry) => sum + entry.cost, 0);
    // Tenths do not add up exactly in binary.
    if (spent + cost > this.#perMinute + 1e-6) return false;
    this.#spent.push({ at: now, cost });
    return true;
  }
}

/** The part of the document that a client with these clocks lacks, 0–1. Deletions are not counted: every answer has them. */
export function lackingPart(has: ReadonlyMap<number, number>, all: ReadonlyMap<number, number>): number {
  let whole = 0;
  let lacking = 0;
  for (const [client, clock] of all) {
    whole += clock;
    lacking += Math.max(0, clock - (has.get(client) ?? 0));
  }
  return whole === 0 ? 0 : lacking / whole;
}
