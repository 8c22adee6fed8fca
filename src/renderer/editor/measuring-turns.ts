/**
 * When the others are measured, beside what is written here.
 *
 * R1  My own writing comes first: who moved meanwhile is looked up a frame later, and at most {@link LONGEST_DELAY_MS} later.
 * R2  A pause after writing measures everybody, whatever the language made of other lines meanwhile.
 */

/** However much I write, the others are drawn after this long. */
const LONGEST_DELAY_MS = 100;
/** Everybody is measured in a pause this long, or after this long at most. */
const PAUSE_MS = 250;
const LONGEST_TRUST_MS = 1000;

export class MeasuringTurns {
  readonly #drawSoon: () => void;
  readonly #onPause: () => void;
  #isWritten = false;
  #isTyped = false;
  #delayedSince: number | undefined;
  #delayTimer: ReturnType<typeof setTimeout> | undefined;
  #trustedSince: number | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: { readonly drawSoon: () => void; readonly onPause: () => void }) {
    this.#drawSoon = events.drawSoon;
    this.#onPause = events.onPause;
  }

  /** Someone wrote since the last frame: heights that change meanwhile are their doing. */
  get isWritten(): boolean {
    return this.#isWritten;
  }

  written(by: 'me' | 'others'): void {
    this.#isWritten = true;
    this.#isTyped ||= by === 'me';
    const now = performance.now();
    this.#trustedSince ??= now;
    clearTimeout(this.#pauseTimer);
    const wait = Math.max(0, Math.min(PAUSE_MS, this.#trustedSince + LONGEST_TRUST_MS - now));
    this.#pauseTimer = setTimeout(() => {
      this.#trustedSince = undefined;
      this.#onPause();
    }, wait);
  }

  /** A frame is measured. Whether those who moved are to be looked up in it. */
  begin(now: number): boolean {
    const isTyped = this.#isTyped;
    // One frame may measure several times, and tells of heights that changed by what was written only after the first.
    queueMicrotask(() => {
      this.#isWritten = false;
      this.#isTyped = false;
    });
    this.#delayedSince ??= now;
    if (!isTyped || now - this.#delayedSince >= LONGEST_DELAY_MS) {
      this.#delayedSince = undefined;
      return true;
    }
    // A frame that is being measured takes up what is asked for meanwhile: the next one is asked for later.
    clearTimeout(this.#delayTimer);
    this.#delayTimer = setTimeout(this.#drawSoon, 0);
    return false;
  }

  end(): void {
    clearTimeout(this.#pauseTimer);
    clearTimeout(this.#delayTimer);
  }
}
