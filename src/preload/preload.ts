/** Puts the bridge on `window`; nothing else. The page gets functions and plain data, never what they are made of. */
import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE_CALLS, BRIDGE_EVENTS, type BridgeEvents } from '../shared/bridge';

type EventName = keyof BridgeEvents;
type Listener = (value: never) => void;

const HAPPENS_ONCE: ReadonlySet<EventName> = new Set(['openAddress', 'linkRefused', 'menu']);
/** Addresses and commands that came before the page listened; a window that never listens keeps no more than these. */
const KEPT_UNHEARD = 8;
const unheard = new Map<EventName, unknown[]>();
const listeners = new Map<EventName, Set<Listener>>();

for (const name of BRIDGE_EVENTS) {
  const heardBy = new Set<Listener>();
  listeners.set(name, heardBy);
  ipcRenderer.on(`event:${name}`, (_event, value: unknown) => {
    if (heardBy.size > 0) for (const listener of [...heardBy]) listener(value as never);
    // A state is asked for when it is needed; only what happens once would be lost.
    else if (HAPPENS_ONCE.has(name)) unheard.set(name, [...(unheard.get(name) ?? []), value].slice(-KEPT_UNHEARD));
  });
}

function on(name: unknown, listener: unknown): () => void {
  const heardBy = listeners.get(name as EventName);
  if (heardBy === undefined || typeof listener !== 'function') throw new TypeError('There is no such event.');
  const heard: Listener = (value) => listener(value);
  heardBy.add(heard);
  const waiting = unheard.get(name as EventName) ?? [];
  unheard.delete(name as EventName);
  for (const value of waiting) heard(value as never);
  return () => void heardBy.delete(heard);
}

async function call(name: string, args: readonly unknown[]): Promise<unknown> {
  const { refused, answer } = (await ipcRenderer.invoke(`call:${name}`, ...args)) as { refused?: string; answer?: unknown };
  if (refused !== undefined) throw new Error(refused);
  return answer;
}

const VERSION_ARGUMENT = '--weft-version=';

contextBridge.exposeInMainWorld('bridge', {
  ...Object.fromEntries(BRIDGE_CALLS.map((name) => [name, (...args: unknown[]) => call(name, args)])),
  on,
  kind: 'desktop',
  platform: process.platform,
  version: process.argv.find((word) => word.startsWith(VERSION_ARGUMENT))?.slice(VERSION_ARGUMENT.length) ?? '',
});
