/**
 * How long requests may take to arrive, whatever carries them.
 *
 * R1  A request may keep the relay waiting for so long in all. While it comes at 64 kbit/s or more the time does not count: an
 *     update may be large, and a line slow. Our client gives up at the same pace (frame-posts.ts).
 * R2  Nothing has longer than the largest body takes at that pace: bytes of an HTTP/2 connection are those of all its requests.
 */

/** 64 kbit/s */
const SLOWEST_BYTES_PER_MS = 8;

export interface Patience {
  readonly requestMs: number;
  readonly largestBody: number;
}

export class Arrival {
  readonly #patience: Patience;
  readonly #beganAt: number;
  #seenAt: number;
  #seenBytes: number;
  #waitedMs = 0;

  /** @param bytes of its connection so far. */
  constructor(patience: Patience, now: number, bytes: number) {
    this.#patience = patience;
    this.#beganAt = this.#seenAt = now;
    this.#seenBytes = bytes;
  }

  /** To be asked now and then, until it is whole. */
  isLate(now: number, bytes: number): boolean {
    const { requestMs, largestBody } = this.#patience;
    const elapsed = now - this.#seenAt;
    if (bytes - this.#seenBytes < elapsed * SLOWEST_BYTES_PER_MS) this.#waitedMs += elapsed;
    this.#seenAt = now;
    this.#seenBytes = bytes;
    return this.#waitedMs >= requestMs || now - this.#beganAt >= requestMs + largestBody / SLOWEST_BYTES_PER_MS;
  }
}
