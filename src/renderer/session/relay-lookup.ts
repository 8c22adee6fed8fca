/** Asks an address which relay answers there, before anything is sent to it. */
import { HEALTH_PATH, type Health } from '../../shared/protocol/routes';

export type Lookup =
  | { readonly type: 'found'; readonly health: Health }
  /** One sentence for a person. */
  | { readonly type: 'not-found'; readonly reason: string };

/** Never rejects. @param signal ends the question; who asks sees to it that it does not wait for ever. */
export async function lookUpRelay(
  origin: string,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<Lookup> {
  let response: Response;
  try {
    response = await fetch(`${origin}${HEALTH_PATH}`, { signal, cache: 'no-store', credentials: 'omit' });
  } catch {
    // A browser tells a page neither why nor where it failed; the sentence is all there is to say.
    return { type: 'not-found', reason: 'The relay cannot be reached.' };
  }
  const { status } = response;
  if (status === 403 || status === 421 || status === 429) return { type: 'not-found', reason: REFUSED[status] };
  // A relay that is failing says so with 503 and the same body.
  const health = await response.json().then(parseHealth, () => undefined);
  return health === undefined ? { type: 'not-found', reason: STRANGER } : { type: 'found', health };
}

const STRANGER = 'Something answers at this address, but not a Weft relay.';
const REFUSED = {
  403: 'This page may not use the relay; allow it with --origin.',
  421: 'The relay does not go by this name; add it with --public-url.',
  429: 'Too many attempts; trying again soon.',
} as const;

export function parseHealth(value: unknown): Health | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { status, relay, version, checks, limits, durable, access, creators } = value as Record<string, unknown>;
  const documentBytes = (limits as { documentBytes?: unknown } | undefined)?.documentBytes;
  if (typeof relay !== 'string' || relay === '' || typeof durable !== 'boolean') return undefined;
  if (typeof documentBytes !== 'number' || !(documentBytes > 0)) return undefined;
  return {
    status: status === 'ok' ? 'ok' : 'failing',
    relay,
    version: typeof version === 'string' ? version : '',
    checks: typeof checks === 'object' && checks !== null ? (checks as Health['checks']) : {},
    limits: { documentBytes },
    durable,
    // A relay from before there were links says nothing, and lets everybody in.
    access: access === 'links' ? 'links' : 'open',
    creators: creators === 'key' ? 'key' : 'anyone',
  };
}
