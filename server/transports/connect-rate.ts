/**
 * How often one address may connect: a window of a minute each.
 *
 * Behind a proxy on the same machine everybody comes from loopback, and so do all windows of one person's app:
 * loopback has a budget that is {@link LOOPBACK_FACTOR} times as large. An IPv6 customer owns a whole /64, so that is
 * one address here.
 */
import { isIPv6 } from 'node:net';

export const LOOPBACK_FACTOR = 20;
const WINDOW_MS = 60_000;

export class ConnectRate {
  readonly #perMinute: number;
  readonly #windows = new Map<string, { readonly endsAt: number; count: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Counts an attempt. The answer: milliseconds to wait until the next can pass, 0 when this one does. */
  attempt(address: string, now: number): number {
    const key = keyOf(address);
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      this.#forgetPassed(now);
      window = { endsAt: now + WINDOW_MS, count: 0 };
      this.#windows.delete(key);
      this.#windows.set(key, window);
    }
    window.count += 1;
    const most = this.#perMinute * (isLoopback(key) ? LOOPBACK_FACTOR : 1);
    return window.count <= most ? 0 : window.endsAt - now;
  }

  /** All windows are equally long, so the map's order is that of their ends, and each is looked at once. */
  #forgetPassed(now: number): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > now) return;
      this.#windows.delete(key);
    }
  }
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function keyOf(address: string): string {
  if (!isIPv6(address) || address === '::1' || address.startsWith('::ffff:')) return address;
  const head = address.split('::')[0] ?? '';
  return `${head.split(':').slice(0, 4).join(':')}::/64`;
}
