/**
 * How often an address came with a wrong secret in this minute: whoever guesses has to wait.
 *
 * Behind a proxy on the same machine everybody comes from loopback, so it has {@link LOOPBACK_FACTOR} times as many.
 */
import { isLoopback, networkOf } from './addresses';

export const LOOPBACK_FACTOR = 20;
const WINDOW_MS = 60_000;

export class FailedAttempts {
  readonly #perMinute: number;
  readonly #windows = new Map<string, { readonly endsAt: number; count: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Milliseconds until it may try again; 0: now. */
  waitMs(address: string, now: number): number {
    const network = networkOf(address);
    const window = this.#windows.get(network);
    if (window === undefined || window.endsAt <= now) return 0;
    const most = this.#perMinute * (isLoopback(network) ? LOOPBACK_FACTOR : 1);
    return window.count < most ? 0 : window.endsAt - now;
  }

  add(address: string, now: number): void {
    const network = networkOf(address);
    let window = this.#windows.get(network);
    if (window === undefined || window.endsAt <= now) {
      this.#forgetPassed(now);
      window = { endsAt: now + WINDOW_MS, count: 0 };
      this.#windows.delete(network);
      this.#windows.set(network, window);
    }
    window.count += 1;
  }

  /** All windows are equally long, so the map's order is that of their ends, and each is looked at once. */
  #forgetPassed(now: number): void {
    for (const [network, { endsAt }] of this.#windows) {
      if (endsAt > now) return;
      this.#windows.delete(network);
    }
  }
}
