import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Observable } from '../../shared/observable';

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
