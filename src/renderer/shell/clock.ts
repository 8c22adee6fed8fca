import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const now = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, each second, while somebody shows an age; nothing ticks otherwise. Milliseconds since 1970. */
export function useClock(): ReadonlySignal<number> {
  useEffect(() => {
    now.value = Date.now();
    watchers++;
    timer ??= setInterval(() => {
      now.value = Date.now();
    }, 1_000);
    return () => {
      watchers--;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return now;
}
