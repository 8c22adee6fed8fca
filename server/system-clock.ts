import type { Clock } from './rooms/ports';

/** Longer waits make Node's timers fire at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** The machine's time for whoever is told the time instead of asking for it. Never runs backwards. */
export const systemClock: Clock = {
  now() {
    return performance.timeOrigin + performance.now();
  },
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_WAIT_MS));
    return () => clearTimeout(timer);
  },
  atTurnEnd(callback) {
    setImmediate(callback);
  },
};
