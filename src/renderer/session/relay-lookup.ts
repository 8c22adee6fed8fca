/**
 * Asks an address which relay answers there, before anything is sent to it. Where it leads elsewhere, no relay answers: every later
 * request would end there, for nothing that has a secret in it follows.
 */
import { REJECTIONS } from '../../shared/protocol/rejections';
import { HEALTH_PATH, type Health } from '../../shared/protocol/routes';
import { NO_WEFT_RELAY, NOT_REACHED } from '../streams/no-relay';
import { readJson } from '../streams/read-json';

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
    response = await fetch(`${origin}${HEALTH_PATH}`, { signal, cache: 'no-store', credentials: 'omit', redirect: 'manual' });
  } catch {
    // A browser tells a page neither why nor where it failed; the sentence is all there is to say.
    return { type: 'not-found', reason: NOT_REACHED };
  }
  const refused = isRedirection(response) ? MOVED : REFUSED_STATUSES.get(response.status);
  if (refused !== undefined) {
    response.body?.cancel().catch(() => undefined);
    return { type: 'not-found', reason: refused };
  }
  // A relay that is failing says so with 503 and the same body.
  const health = parseHealth(await readJson(response));
  return health === undefined ? { type: 'not-found', reason: NO_WEFT_RELAY } : { type: 'found', health };
}

/** A browser says of a redirection that there is one, and not to where; Node has its status. */
function isRedirection({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}

const MOVED = 'This address only leads to another one; use that one, which a browser shows when you open this there.';
export const OTHER_RELAY = 'Another relay answers at this address; check it with whoever sent you the link.';
/** What any request may be refused with before it is looked at. */
export const REFUSED_STATUSES: ReadonlyMap<number, string> = new Map([
  [403, REJECTIONS['wrong-origin'].reason],
  [421, REJECTIONS['wrong-host'].reason],
  [429, REJECTIONS['too-fast'].reason],
]);

function parseHealth(value: unknown): Health | undefined {
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
