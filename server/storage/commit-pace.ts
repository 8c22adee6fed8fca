/**
 * When a commit begins. One costs the machine about the same for one edit as for a thousand: two trips between threads and
 * a flush of the disk. So they are kept apart, and what comes meanwhile is in the next one.
 *
 * R1  The first one after a quiet time begins at the end of its turn of the event loop.
 * R2  Two begin at least `gapMs` apart.
 * R3  Unless somebody is in a hurry: then the next one begins at the end of this turn.
 */
import type { Clock } from '../rooms/ports';

/**
 * How much later *saved* may come for the sake of the others: nobody sees a tenth of a second, and clients keep what is not
 * saved. Whoever writes alone does not wait at all: keys are further apart.
 */
export const COMMIT_GAP_MS = 100;

export class CommitPace {
  readonly #clock: Clock;
  readonly #gapMs: number;
  #notBefore = Number.NEGATIVE_INFINITY;
  #waiting: { readonly stop: () => void; readonly begin: () => void } | undefined;

  constructor(clock: Clock, gapMs = COMMIT_GAP_MS) {
    this.#clock = clock;
    this.#gapMs = gapMs;
  }

  /** Resolves when the next commit is to begin. One call at a time. */
  async next(): Promise<void> {
    const wait = this.#notBefore - this.#clock.now();
    await new Promise<void>((begin) => {
      if (wait > 0) this.#waiting = { stop: this.#clock.after(wait, begin), begin };
      else this.#clock.atTurnEnd(begin);
    });
    this.#waiting = undefined;
    this.#notBefore = this.#clock.now() + this.#gapMs;
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
