import { type ReadonlySignal, signal, useComputed } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Observable } from '../../shared/observable';
import { isSameValue } from '../../shared/same-value';

/**
 * An observable as a signal for as long as the component that asks is shown.
 *
 * @param isSame whether nothing has changed that the component shows: then it is not drawn anew. Always the same function.
 */
export function useObservable<T>(observable: Observable<T>, isSame: (one: T, other: T) => boolean = Object.is): ReadonlySignal<T> {
  const mirror = useMemo(() => signal(observable.current), [observable]);
  useEffect(() => {
    const take = (value: T) => {
      if (!isSame(mirror.peek(), value)) mirror.value = value;
    };
    // What changed between rendering and this effect has not been heard.
    take(observable.current);
    return observable.subscribe(take);
  }, [observable, mirror, isSame]);
  return mirror;
}

/**
 * What a component shows of signals that change more often than it: plain data, and drawn anew only when it says something else.
 *
 * @param compute reads the signals.
 */
export function useSteady<T>(compute: () => T): T {
  const last = useRef<{ readonly value: T } | undefined>(undefined);
  return useComputed(() => {
    const value = compute();
    if (last.current === undefined || !isSameValue(last.current.value, value)) last.current = { value };
    return last.current.value;
  }).value;
}
