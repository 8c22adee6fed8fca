/**
 * How much one connection is answered when it asks for what it lacks: a sync-request of four bytes may be answered by ten
 * megabytes.
 *
 * R1  `perMinute` whole documents at once, and so many a minute after that. Credit for half of what is lacking is enough.
 * R2  An answer costs the part of the document that was lacking, or its bytes as a part of the largest document there may be,
 *     whichever is more: a delete set is in every answer, also where nothing is lacking.
 */
import type { Clock } from '../ports';

const MINUTE_MS = 60_000;

export class FullSyncBudget {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #perMinute: number;
  /** Whole documents. Below 0 after an answer that was larger than the credit. */
  #credit: number;
  #creditAt: number;

  constructor({ clock, perMinute }: { readonly clock: Pick<Clock, 'now'>; readonly perMinute: number }) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#credit = perMinute;
    this.#creditAt = clock.now();
  }

  /** @param lacking the part of the document that the asker lacks, 0–1. */
  covers(lacking: number): boolean {
    const now = this.#clock.now();
    this.#credit = Math.min(this.#perMinute, this.#credit + ((now - this.#creditAt) * this.#perMinute) / MINUTE_MS);
    this.#creditAt = now;
    return this.#credit >= lacking / 2;
  }

  /** @param ofLargest bytes of the answer, as a part of what a document may have. */
  charge(lacking: number, ofLargest: number): void {
    this.#credit -= Math.max(lacking, ofLargest);
  }
}

/** The part of the document that a client with these clocks lacks, 0–1. */
export function lackingPart(has: ReadonlyMap<number, number>, all: ReadonlyMap<number, number>): number {
  let whole = 0;
  let lacking = 0;
  for (const [client, clock] of all) {
    whole += clock;
    lacking += Math.max(0, clock - (has.get(client) ?? 0));
  }
  return whole === 0 ? 0 : lacking / whole;
}
