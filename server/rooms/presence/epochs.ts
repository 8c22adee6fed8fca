import type { Clock } from '../ports';

/**
 * Names for stretches of numbering: event ids of one epoch mean nothing in another. No two are equal, whatever document,
 * opening or run of the relay they are of: the time tells runs apart, the count what is of the same moment.
 */
export class Epochs {
  readonly #clock: Pick<Clock, 'now'>;
  #count = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Letters and digits alone. */
  next(): string {
    this.#count++;
    // To the microsecond, as far as the clock has them.
    return `${Math.floor(this.#clock.now() * 1000).toString(36)}x${this.#count.toString(36)}`;
  }
}
