/** Asks an address which relay answers there, before anything is sent to it. */
import { HEALTH_PATH, type Health } from '../../shared/protocol/routes';

export type Lookup =
  | { readonly type: 'found'; readonly health: Health }
  /** One sentence for a person. */
  | { readonly type: 'not-found'; readonly reason: string };

/** Never rejects. @param deadline ends the attempt. */
export async function lookUpRelay(origin: string, options: { fetch: typeof fetch; deadline: AbortSignal }): Promise<Lookup> {
  let response: Response;
  try {
    response = await options.fetch(`${origin}${HEALTH_PATH}`, { signal: options.deadline, cache: 'no-store', credentials: 'omit' });
  } catch {
    // A browser tells a page neither why nor where it failed; the sentence is all there is to say.
    return { type: 'not-found', reason: 'The relay cannot be reached.' };
  }
  if (response.status === 403 || response.status === 421 || response.status === 429) {
    return { type: 'not-found', reason: REFUSED[response.status] };
  }
  try {
    // A relay that is failing says so with 503 and the same body.
    const health = parseHealth(await response.json());
    if (health !== undefined) return { type: 'found', health };
  } catch {
    return { type: 'not-found', reason: 'Something answers at this address, but not a Weft relay.' };
  }
  return { type: 'not-found', reason: 'Something answers at this address, but not a Weft relay.' };
}

const REFUSED = {
  403: 'This page may not use the relay; allow it with --origin.',
  421: 'The relay does not go by this name; add it with --public-url.',
  429: 'Too many attempts; trying again soon.',
} as const;

export function parseHealth(value: unknown): Health | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { status, relay, version, checks, limits, durable } = value as Record<string, unknown>;
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
  };
}
