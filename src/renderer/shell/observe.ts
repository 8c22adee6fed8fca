import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Observable } from '../../shared/observable';

/** An observable as a signal for as long as the component that asks is shown. */
export function useObservable<T>(observable: Observable<T>): ReadonlySignal<T> {
  const mirror = useMemo(() => signal(observable.current), [observable]);
  useEffect(() => {
    // What changed between rendering and this effect has not been heard.
    mirror.value = observable.current;
    return observable.subscribe((value) => {
      mirror.value = value;
    });
  }, [observable, mirror]);
  return mirror;
}
