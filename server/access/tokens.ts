/**
 * Access by tokens of one's own application: JSON Web Tokens (RFC 7519), signed with a shared secret or by published keys.
 *
 * R1  The algorithms are the relay's choice, never the token's: HS256 with a secret, ES256, EdDSA or RS256 with a key set
 *     (RFC 8725, section 3.1). There is no relay with both.
 * R2  `exp`, `aud` (the relay's public URL), `document` and `role` have to be there; `name` and `sub` may be.
 * R3  Whatever is wrong with a token is `unauthorized`; a key set that cannot be had is not the token's fault and passes.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { cleanName } from '../../src/shared/protocol/presence';
import { Rejected } from '../../src/shared/protocol/rejections';
import { isRole } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Clock } from '../rooms/ports';
import type { Authoriser, Grant } from './grants';

export type TokenKeys =
  /** At least {@link SHORTEST_SECRET} bytes. */
  | { readonly type: 'secret'; readonly secret: Uint8Array }
  | { readonly type: 'key-set'; readonly url: string /** Between two fetches. */; readonly cooldownMs?: number };

/** As long as the hash (RFC 7518, section 3.2). Bytes. */
export const SHORTEST_SECRET = 32;

const SECRET_ALGORITHMS = ['HS256'];
const KEY_SET_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'];
/** An unknown key may be a new one; asking again for each would be a way to make the relay ask. */
const COOLDOWN_MS = 10_000;
const FETCH_MS = 5_000;
const KEEP_KEYS_MS = 10 * 60_000;
const LONGEST_SUBJECT = 256;

export interface TokenOptions {
  readonly keys: TokenKeys;
  /** The relay's public URL: what `aud` has to be, or to contain. */
  readonly audience: string;
  readonly clock: Clock;
}

/** Secrets of links have no dots; a token is three parts with two. */
export function isToken(secret: string): boolean {
  return secret.includes('.');
}

export class TokenAccess implements Authoriser {
  readonly #key: JWTVerifyGetKey;
  readonly #algorithms: readonly string[];
  readonly #audience: string;
  readonly #clock: Clock;

  constructor({ keys, audience, clock }: TokenOptions) {
    this.#audience = audience;
    this.#clock = clock;
    if (keys.type === 'secret') {
      const { secret } = keys;
      this.#key = async () => secret;
      this.#algorithms = SECRET_ALGORITHMS;
    } else {
      const { url, cooldownMs = COOLDOWN_MS } = keys;
      const options = { cooldownDuration: cooldownMs, timeoutDuration: FETCH_MS, cacheMaxAge: KEEP_KEYS_MS };
      this.#key = createRemoteJWKSet(new URL(url), options);
      this.#algorithms = KEY_SET_ALGORITHMS;
    }
  }

  async authorise(secret: string | undefined, document: DocumentId): Promise<Grant> {
    const payload = await this.#verified(secret ?? '');
    const { exp, role, name, sub } = payload;
    // R2; jose has looked at aud, and at exp where there is one.
    if (payload.document !== document || !isRole(role) || typeof exp !== 'number') throw new Rejected('unauthorized');
    const visible = typeof name === 'string' ? cleanName(name) : '';
    return {
      document,
      role,
      isOwner: false,
      key: `subject:${(sub ?? '').slice(0, LONGEST_SUBJECT)}`,
      expiresAt: exp * 1000,
      ...(visible === '' ? {} : { name: visible }),
    };
  }

  async #verified(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [...this.#algorithms],
        audience: this.#audience,
        currentDate: new Date(this.#clock.wallTime()),
      });
      return payload;
    } catch (error) {
      if (isTokensFault(error)) throw new Rejected('unauthorized');
      // Words of the fetch, or of the key set's host: nothing of the token is in them.
      throw new Rejected('unverifiable', `the key set cannot be had: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }
}

/** R3: of jose's errors, the timeout and the generic one come from fetching the key set, and malformed sets are their host's. */
function isTokensFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC');
}
