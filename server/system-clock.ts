import type { Clock } from './rooms/ports';

/** Longer waits make Node's timers fire at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * The machine's time for whoever is told the time instead of asking for it. `now` never runs backwards, and `after` never
 * calls early: Node's timers count whole milliseconds from the beginning of a turn, and a caller that looks at the clock
 * again would find that its time has not come. Both stand still while the machine sleeps, and hear nothing of a calendar that
 * is set (CLOCK_MONOTONIC); `wallTime` is that calendar.
 */
export const systemClock: Clock = {
  now,
  wallTime: () => Date.now(),
  after(ms, callback) {
    const dueAt = now() + ms;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      timer = setTimeout(
        () => {
          if (now() < dueAt) wait();
          else callback();
        },
        Math.min(Math.ceil(Math.max(0, dueAt - now())), LONGEST_WAIT_MS),
      );
    };
    wait();
    return () => clearTimeout(timer);
  },
  atTurnEnd(callback) {
    setImmediate(callback);
  },
};

function now(): number {
  return performance.timeOrigin + performance.now();
}
