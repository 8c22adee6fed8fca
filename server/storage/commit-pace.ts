/**
 * When a commit begins. One costs the machine about the same for one edit as for a thousand: two trips between threads and
 * a flush of the disk. So they are kept apart, and what comes meanwhile is in the next one.
 *
 * R1  The first one after a quiet time begins at the end of its turn of the event loop.
 * R2  Two begin a while apart: the longer, the more the first one carried.
 * R3  Unless somebody is in a hurry: then the next one begins at the end of this turn.
 */
import type { Clock } from '../rooms/ports';

/**
 * How much later *saved* may come for the sake of the others: nobody sees a tenth of a second, and clients keep what is not
 * saved. Whoever writes alone does not wait at all: keys are further apart.
 */
const LONGEST_GAP_MS = 100;
/** Where few write, each of them would otherwise be typing again whenever everything is saved, and never be told so. */
const SHORTEST_GAP_MS = 10;
/** For each update that a commit carried: 250 updates a second make it the longest gap. */
const MORE_GAP_MS = 3.6;

/** Milliseconds until the next commit, after one that carried so many updates. */
export function gapAfter(updates: number): number {
  return Math.min(LONGEST_GAP_MS, SHORTEST_GAP_MS + MORE_GAP_MS * updates);
}

export class CommitPace {
  readonly #clock: Clock;
  readonly #gapAfter: (updates: number) => number;
  #notBefore = Number.NEGATIVE_INFINITY;
  #waiting: { readonly stop: () => void; readonly begin: () => void } | undefined;

  constructor(clock: Clock, gap = gapAfter) {
    this.#clock = clock;
    this.#gapAfter = gap;
  }

  /** Resolves when the next commit is to begin. One call at a time. */
  async next(): Promise<void> {
    const wait = this.#notBefore - this.#clock.now();
    await new Promise<void>((begin) => {
      if (wait > 0) this.#waiting = { stop: this.#clock.after(wait, begin), begin };
      else this.#clock.atTurnEnd(begin);
    });
    this.#waiting = undefined;
  }

  /** R2: the commit that begins now carries so many updates. */
  carry(updates: number): void {
    this.#notBefore = this.#clock.now() + this.#gapAfter(updates);
  }

  /** R3; also for the one after the commit that is under way. */
  hurry(): void {
    this.#notBefore = Number.NEGATIVE_INFINITY;
    if (this.#waiting === undefined) return;
    this.#waiting.stop();
    this.#clock.atTurnEnd(this.#waiting.begin);
    this.#waiting = undefined;
  }
}
