import type { Bridge, BridgeEvents } from '../shared/bridge';
import { type Observable, ObservableValue } from '../shared/observable';

/**
 * A state of the main process, kept up to date: heard of from before it is asked for, so that no change falls in between.
 * A change that is heard before the answer counts more than the answer: every later one is heard of too.
 */
export async function followState<Name extends 'settings' | 'bundledRelay'>(
  bridge: Pick<Bridge, 'on'>,
  name: Name,
  ask: () => Promise<BridgeEvents[Name]>,
): Promise<Observable<BridgeEvents[Name]>> {
  const heard = new ObservableValue<BridgeEvents[Name] | undefined>(undefined);
  bridge.on(name, (value) => heard.set(value));
  const answer = await ask();
  const state = new ObservableValue(heard.current ?? answer);
  heard.subscribe((value) => {
    if (value !== undefined) state.set(value);
  });
  return state;
}
