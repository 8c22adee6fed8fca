/** Whether a key is a relay's own, before it is kept: asked by the one request that needs nothing but the key. */
import { DOCUMENTS_PATH } from '../../shared/protocol/sharing';

export type KeyVerdict =
  | { readonly type: 'right' }
  /** One sentence for a person. */
  | { readonly type: 'wrong'; readonly reason: string }
  | { readonly type: 'unknown'; readonly reason: string };

/** What the relay of a team can have as its key: what fits into a header, and nothing else. */
const KEY = /^[A-Za-z0-9._~+/=-]{8,512}$/;

/** Never rejects; no key is in a sentence. @param signal ends the question; who asks sees to it that it does not wait for ever. */
export async function checkRelayKey(
  relay: string,
  key: string,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<KeyVerdict> {
  if (!KEY.test(key)) return WRONG;
  let status: number;
  try {
    const headers = { Authorization: `Bearer ${key}` };
    // HEAD: the answer is the status, not the list of all documents.
    const response = await fetch(`${relay}${DOCUMENTS_PATH}`, {
      method: 'HEAD',
      signal,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    status = response.status;
  } catch {
    return { type: 'unknown', reason: 'The relay cannot be reached, so the key could not be tried.' };
  }
  if (status === 401) return WRONG;
  if (status === 429) return { type: 'unknown', reason: 'That was too often for the relay; try again in a minute.' };
  return status < 300 ? { type: 'right' } : { type: 'unknown', reason: 'The relay cannot try the key right now; try again soon.' };
}

const WRONG: KeyVerdict = { type: 'wrong', reason: 'That is not the key of this relay.' };
