/**
 * Secrets that open documents: made, recognised, and hashed for keeping.
 *
 * R1  144 random bits: nobody guesses one, and 18 bytes fill their 24 base64url characters, so each has one spelling. An owner's
 *     that was made on a device has 256 bits, in 43 characters; of the last one only the spelling with no bits left over counts.
 * R2  Only the SHA-256 of a secret is kept. A hash without a salt is enough for something that nobody can guess, and it can be
 *     looked up: what a search takes tells nothing about the secret.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { base64url } from '../../src/shared/protocol/routes';
import type { SecretHash } from '../rooms/link-store';

export type Random = (bytes: number) => Uint8Array;

const SECRET_BYTES = 18;
const SECRET = /^(?:[A-Za-z0-9_-]{24}|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/;

export function newSecret(random: Random): string {
  return base64url(random(SECRET_BYTES));
}

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

export function hashSecret(secret: string): SecretHash {
  return createHash('sha256').update(secret).digest('base64url') as SecretHash;
}

/** Takes the same time wherever the two differ. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}
