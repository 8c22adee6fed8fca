import type { StreamParts } from './event-reader';
import type { OpenStream } from './event-stream';
import { feedStreams } from './feed-streams';
import { RemoteStreams } from './remote-streams';
import { scriptAddress } from './script-address';

/**
 * Streams on one connection to each relay, for all tabs of a browser. For this page alone where there are no shared workers
 * (some browsers on phones), or where none can be started. Whoever opens no stream starts no worker.
 */
export function sharedStreams(parts: StreamParts): OpenStream {
  const openHere = feedStreams(parts);
  let open: OpenStream | undefined;
  return (request, watcher) => {
    open ??= inWorker(openHere, parts) ?? openHere;
    return open(request, watcher);
  };
}

function inWorker(openHere: OpenStream, { clock }: StreamParts): OpenStream | undefined {
  if (!('SharedWorker' in globalThis)) return undefined;
  try {
    const worker = new SharedWorker(scriptAddress('feedWorker'), { type: 'module', name: 'weft streams' });
    const streams = new RemoteStreams({ port: worker.port, openHere, clock });
    worker.onerror = () => streams.giveUp();
    holdLock((name) => streams.tellLock(name));
    return streams.open;
  } catch (error) {
    console.warn('No worker can be started; this page has connections of its own.', error);
    return undefined;
  }
}

/** Until the page is gone, however it goes. Browsers have locks for pages over TLS, and of this machine, alone. */
function holdLock(onHeld: (name: string) => void): void {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks === undefined) return;
  const name = `weft page ${crypto.randomUUID()}`;
  const hold = (): Promise<never> => {
    onHeld(name);
    return new Promise(() => undefined);
  };
  locks.request(name, hold).catch((error: unknown) => console.warn('The page holds no lock; the worker asks whether it lives.', error));
}
