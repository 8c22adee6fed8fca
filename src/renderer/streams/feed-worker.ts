/** The worker that all tabs of a browser share: one connection to each relay, for all of them. */

import { feedStreams } from './feed-streams';
import type { MessageEnd } from './port-messages';
import { StreamHost } from './stream-host';

const clock = {
  now: () => Date.now(),
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

const openStream = feedStreams({ fetch: fetch.bind(globalThis), clock });
const host = new StreamHost(openStream, clock, (lock) => navigator.locks.request(lock, () => undefined));

// The library's types know pages alone.
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port !== undefined) host.connect(port as MessageEnd);
});
