/**
 * Does work of which much may come at once in slices of time: whoever has to do with other things waits for one slice, and
 * not for all of it. A thousand clients that come back in one moment would else have the event loop for themselves.
 *
 * R1  Work is done in the order in which it came, at once as long as its slice lasts.
 * R2  Each turn of the event loop has one slice: when that is used up, the rest waits for the next turn.
 */
import type { Clock } from '../rooms/ports';

export class Slices {
  readonly #clock: Pick<Clock, 'now' | 'atTurnEnd'>;
  readonly #sliceMs: number;
  #waiting: (() => void)[] = [];
  /** Of `waiting`, those that were done already. */
  #done = 0;
  #spentMs = 0;
  #isTurnOpen = false;

  constructor(clock: Pick<Clock, 'now' | 'atTurnEnd'>, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
  }

  /** Work that waits: whoever adds more has to see to it that this has an end. */
  get waiting(): number {
    return this.#waiting.length - this.#done;
  }

  add(work: () => void): void {
    if (!this.#isTurnOpen) {
      this.#isTurnOpen = true;
      this.#clock.atTurnEnd(this.#nextTurn);
    }
    if (this.waiting > 0 || this.#spentMs >= this.#sliceMs) this.#waiting.push(work);
    else this.#do(work);
  }

  readonly #nextTurn = (): void => {
    this.#spentMs = 0;
    this.#isTurnOpen = this.waiting > 0;
    if (!this.#isTurnOpen) return;
    this.#clock.atTurnEnd(this.#nextTurn);
    while (this.waiting > 0 && this.#spentMs < this.#sliceMs) this.#do(this.#waiting[this.#done++] as () => void);
    if (this.waiting > 0) return;
    this.#waiting = [];
    this.#done = 0;
  };

  #do(work: () => void): void {
    const began = this.#clock.now();
    try {
      work();
    } finally {
      this.#spentMs += Math.max(0, this.#clock.now() - began);
    }
  }
}
