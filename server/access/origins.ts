/**
 * Whether a page may use the relay, for upgrades and every HTTP request alike: browsers let any page of any site open
 * a WebSocket to a loopback address, and only Origin and Host tell whose page it is (RFC 6454; OWASP: cross-site
 * WebSocket hijacking).
 *
 * R1  Host must be a name of the relay, whoever asks.
 * R2  Without an Origin it is no page: browsers always send one with a WebSocket.
 * R3  An Origin passes when it is the relay's own, the app's, or was given by name; compared whole, never by a part.
 * R4  CORS headers name one origin, never `*`, and only one that is foreign and allowed.
 */
import type { RejectionName } from '../../src/shared/protocol/rejections';
import { isOwnHost, type OwnNames } from './hosts';

/** Where the desktop app's own pages come from. */
export const APP_ORIGIN = 'app://weft';

export interface AccessRules {
  readonly names: OwnNames;
  /** Foreign origins that may use the relay, exactly as browsers write them. */
  readonly origins: readonly string[];
  /** The relay's own origin as people see it, when it is behind a proxy. */
  readonly publicOrigin: string | undefined;
}

export type Verdict =
  | { readonly type: 'admitted'; readonly foreignOrigin: string | undefined }
  | { readonly type: 'refused'; readonly rejection: RejectionName };

export function judge({ host, origin }: { host: string | undefined; origin: string | undefined }, rules: AccessRules): Verdict {
  if (!isOwnHost(host, rules.names)) return { type: 'refused', rejection: 'wrong-host' };
  if (origin === undefined || isOwnOrigin(origin, host ?? '', rules)) return { type: 'admitted', foreignOrigin: undefined };
  if (origin === APP_ORIGIN || rules.origins.includes(origin)) return { type: 'admitted', foreignOrigin: origin };
  return { type: 'refused', rejection: 'wrong-origin' };
}

/** What an answer says to a foreign page. `Vary` is always there: a cache must not give one origin's answer to another. */
export function corsHeaders(foreignOrigin: string | undefined): Record<string, string> {
  return foreignOrigin === undefined ? { Vary: 'Origin' } : { Vary: 'Origin', 'Access-Control-Allow-Origin': foreignOrigin };
}

/** What the answer to a preflight says besides (Fetch standard, “CORS-preflight request”). */
export function preflightHeaders(asksForPrivateNetwork: boolean): Record<string, string> {
  return {
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PATCH, DELETE',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID, Weft-Connection, Weft-Frame, Weft-Name, Weft-Color',
    'Access-Control-Max-Age': '600',
    ...(asksForPrivateNetwork ? { 'Access-Control-Allow-Private-Network': 'true' } : {}),
  };
}

function isOwnOrigin(origin: string, host: string, { publicOrigin }: AccessRules): boolean {
  if (origin === publicOrigin) return true;
  const scheme = /^https?:\/\//.exec(origin)?.[0];
  if (scheme === undefined) return false;
  try {
    // Through URL, because browsers leave out a scheme's default port, and proxies do not.
    return new URL(`${scheme}${host}`).origin === origin;
  } catch {
    return false;
  }
}
