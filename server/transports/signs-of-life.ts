/**
 * Whether somebody is still at the other end of a line.
 *
 * R1  Any message is a sign of life. Silence is counted in beats, not by the clock: a machine that slept would find everybody
 *     silent.
 * R2  One probe at a time: whoever makes others ask for signs of life cannot make them ask often.
 */
import type { Clock } from '../rooms/ports';

/** Between two pings. Silence is looked at with each, so that a dead line is noticed soon after two pings. */
export const BEATS_PER_PING = 8;
const SILENT_BEATS = 2 * BEATS_PER_PING;

export class SignsOfLife {
  #count = 0;
  #silentBeats = 0;
  #isProbing = false;

  hear(): void {
    this.#count++;
    this.#silentBeats = 0;
  }

  /** One beat is over; whether that was one too many. One more than the time takes: the first may have come right after a sign. */
  isDeadAfterBeat(): boolean {
    return ++this.#silentBeats > SILENT_BEATS;
  }

  /** Calls when none came in time. False when somebody has asked already (R2). */
  probe(clock: Pick<Clock, 'after'>, deadlineMs: number, onSilent: () => void): boolean {
    if (this.#isProbing) return false;
    this.#isProbing = true;
    const before = this.#count;
    clock.after(deadlineMs, () => {
      this.#isProbing = false;
      if (this.#count === before) onSilent();
    });
    return true;
  }
}
