/**
 * How often an address did something in this minute, for what has a limit: new connections, wrong secrets.
 *
 * R1  From the first attempt on, a minute has so many of them; then the address waits until it is over, and no other does.
 * R2  Behind a proxy on the same machine everybody comes from loopback, and so do all windows of one person's app: it has
 *     {@link LOOPBACK_FACTOR} times as many.
 * R3  An address is forgotten with its minute.
 */
import { isLoopback, networkOf } from './addresses';

export const LOOPBACK_FACTOR = 20;
const WINDOW_MS = 60_000;

export class AttemptsPerMinute {
  readonly #most: number;
  readonly #windows = new Map<string, { readonly endsAt: number; count: number }>();

  constructor(most: number) {
    this.#most = most;
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
    const most = this.#most * (isLoopback(network) ? LOOPBACK_FACTOR : 1);
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

  /** Both: counts an attempt, and answers how long it should have waited. */
  attempt(address: string, now: number): number {
    const waitMs = this.waitMs(address, now);
    this.add(address, now);
    return waitMs;
  }

  /** All windows are equally long, so the map's order is that of their ends, and each is looked at once. */
  #forgetPassed(now: number): void {
    for (const [network, { endsAt }] of this.#windows) {
      if (endsAt > now) return;
      this.#windows.delete(network);
    }
  }
}
