import type { Clock } from '../../shared/clock';
import { objectIn } from './parse-object';
import { readJson } from './read-json';

export interface RelayRequest {
  readonly url: string;
  readonly method: 'POST' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface RelayAnswer {
  readonly status: number;
  /** The object that it is in JSON; `undefined` when it is anything else, as from a proxy, or far too long. */
  readonly said: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A short request, with its whole answer. `undefined` when there was none within `ms`, or `signal` ended it; never rejects,
 * and leaves nothing behind. A secret in it goes to the address that was asked, and nowhere else: no redirections.
 */
export async function askRelay(
  { url, ...init }: RelayRequest,
  {
    fetch,
    clock,
    ms,
    signal,
  }: { readonly fetch: typeof globalThis.fetch; readonly clock: Clock; readonly ms: number; readonly signal: AbortSignal },
): Promise<RelayAnswer | undefined> {
  const request = new AbortController();
  const giveUp = (): void => request.abort();
  const stopWaiting = clock.after(ms, giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    const answer = await fetch(url, { ...init, signal: request.signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    const said = objectIn(await readJson(answer));
    return request.signal.aborted ? undefined : { status: answer.status, said };
  } catch {
    return undefined;
  } finally {
    stopWaiting();
    signal.removeEventListener('abort', giveUp);
  }
}
