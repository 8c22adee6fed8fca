const LONGEST_WAIT_MS = 1000;

/** Typing comes first: what is to be done anew waits for a pause in it, or for a second at most in endless typing. */
export class Pause {
  readonly #ms: number;
  readonly #onPause: () => void;
  #waitingSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ms how long a pause is. */
  constructor(ms: number, onPause: () => void) {
    this.#ms = ms;
    this.#onPause = onPause;
  }

  /** The next one, counted from now. */
  await(): void {
    const now = performance.now();
    this.#waitingSince ??= now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(this.#ms, this.#waitingSince + LONGEST_WAIT_MS - now));
    this.#timer = setTimeout(() => {
      this.#waitingSince = undefined;
      this.#onPause();
    }, wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
