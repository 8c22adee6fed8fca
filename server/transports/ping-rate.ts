/** How many pings one connection sent in this second: a flood of them is the one thing that pausing does not answer. */
const WINDOW_MS = 1_000;

export class PingRate {
  #count = 0;
  #endsAt = Number.NEGATIVE_INFINITY;

  /** One more came; whether it was one too many. */
  isFlood(now: number, perSecond: number): boolean {
    if (now >= this.#endsAt) {
      this.#count = 0;
      this.#endsAt = now + WINDOW_MS;
    }
    return ++this.#count > perSecond;
  }
}
