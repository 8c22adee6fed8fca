/**
 * When the others are measured, beside what is written here.
 *
 * R1  My own writing comes first: who moved meanwhile is looked up a frame later, and at most {@link LONGEST_DELAY_MS} later.
 * R2  While I write in a crowd, those who move are looked up together, in the frame after a key's own: a key must not find the page
 *     busy with them, and the next one comes later than that. Where no key comes, every {@link CROWD_WITHOUT_KEY_MS}.
 * R3  A pause after writing measures everybody, whatever the language made of other lines meanwhile.
 */

import { Pause } from './pause';

/** However much I write, the others are drawn after this long. */
const LONGEST_DELAY_MS = 100;
/** Between two looks at a crowd, where keys come faster. */
const CROWD_EVERY_MS = 60;
const CROWD_WITHOUT_KEY_MS = 200;
/** A key's own frame, and the one after it. */
const AFTER_KEY_MS = 50;
const PAUSE_MS = 250;

export class MeasuringTurns {
  readonly #drawSoon: () => void;
  readonly #pause: Pause;
  #isWritten = false;
  #isTyped = false;
  #typedAt = Number.NEGATIVE_INFINITY;
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  #delayedSince: number | undefined;
  #delayTimer: ReturnType<typeof setTimeout> | undefined;
  #delayEndsAt = Number.POSITIVE_INFINITY;

  constructor(events: { readonly drawSoon: () => void; readonly onPause: () => void }) {
    this.#drawSoon = events.drawSoon;
    this.#pause = new Pause(PAUSE_MS, events.onPause);
  }

  /** Someone wrote since the last frame: heights that change meanwhile are their doing. */
  get isWritten(): boolean {
    return this.#isWritten;
  }

  written(by: 'me' | 'others'): void {
    this.#isWritten = true;
    if (by === 'me') {
      this.#isTyped = true;
      this.#typedAt = performance.now();
    }
    this.#pause.await();
  }

  /** Somebody moved. */
  moved(isCrowded: boolean): void {
    const wait = this.#waitInCrowd(performance.now(), isCrowded);
    if (wait === 0) this.#drawSoon();
    else this.#drawLater(wait);
  }

  /** A frame is measured. Whether those who moved are to be looked up in it. */
  begin(now: number, isCrowded: boolean): boolean {
    const isTyped = this.#isTyped;
    // One frame may measure several times, and tells of heights that changed by what was written only after the first.
    queueMicrotask(() => {
      this.#isWritten = false;
      this.#isTyped = false;
    });
    this.#delayedSince ??= now;
    const wait = this.#waitInCrowd(now, isCrowded);
    if ((isTyped || wait > 0) && now - this.#delayedSince < LONGEST_DELAY_MS) {
      // A frame that is being measured takes up what is asked for meanwhile: the next one is asked for later.
      this.#drawLater(wait);
      return false;
    }
    this.#delayedSince = undefined;
    this.#lookedUpAt = now;
    return true;
  }

  end(): void {
    this.#pause.stop();
    clearTimeout(this.#delayTimer);
  }

  #waitInCrowd(now: number, isCrowded: boolean): number {
    const sinceKey = now - this.#typedAt;
    if (!isCrowded || sinceKey >= PAUSE_MS) return 0;
    return Math.max(0, this.#lookedUpAt + (sinceKey < AFTER_KEY_MS ? CROWD_EVERY_MS : CROWD_WITHOUT_KEY_MS) - now);
  }

  #drawLater(wait: number): void {
    const endsAt = performance.now() + wait;
    if (endsAt >= this.#delayEndsAt) return;
    clearTimeout(this.#delayTimer);
    this.#delayEndsAt = endsAt;
    this.#delayTimer = setTimeout(() => {
      this.#delayEndsAt = Number.POSITIVE_INFINITY;
      this.#drawSoon();
    }, wait);
  }
}
