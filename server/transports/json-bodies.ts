/**
 * Reads the bodies of requests about documents and links. Pure.
 *
 * R1  A field that nobody knows is refused: an expiry that is misspelt would be a link for ever.
 * R2  Whatever is accepted has a known shape and a bounded size.
 */
import { isRole } from '../../src/shared/protocol/roles';
import { parseDocumentId } from '../../src/shared/protocol/routes';
import type { DocumentDraft, JoinRequest, LinkChange, LinkDraft } from '../../src/shared/protocol/sharing';
import { MOST_USES } from '../access/links';
import { isSecret } from '../access/secrets';
import { RefusedRequest } from './refused-request';

type Fields = Readonly<Record<string, unknown>>;

/** UTF-16 units, before it is cleaned and cut. */
const LONGEST_WORDS = 1_024;
/** The last moment of a `Date`. */
const LAST_MOMENT = 8.64e15;

/** @throws {Rejected} `malformed`, with a sentence. So do all below. */
export function readDocumentDraft(body: unknown): DocumentDraft {
  const fields = fieldsOf(body ?? {}, ['document', 'secret']);
  if (fields.document === undefined && fields.secret === undefined) return {};
  const document = typeof fields.document === 'string' ? parseDocumentId(fields.document) : undefined;
  // Nor a secret alone: asking again would make another document.
  if (document === undefined) throw wrong('document', 'a document id');
  return { document, ...readSecret(fields) };
}

export function readLinkDraft(body: unknown): LinkDraft {
  const fields = fieldsOf(body, ['role', 'label', 'expiresAt', 'mostUses']);
  if (!isRole(fields.role)) throw wrong('role', 'editor or viewer');
  return { role: fields.role, ...readLabel(fields), ...readExpiry(fields), ...readMostUses(fields) };
}

export function readLinkChange(body: unknown): LinkChange {
  const fields = fieldsOf(body, ['role', 'label', 'expiresAt', 'isRevoked']);
  if (fields.role !== undefined && !isRole(fields.role)) throw wrong('role', 'editor or viewer');
  if (fields.isRevoked !== undefined && fields.isRevoked !== true) throw wrong('isRevoked', 'true: revoking is for ever');
  return {
    ...(fields.role === undefined ? {} : { role: fields.role }),
    ...readLabel(fields),
    ...readExpiry(fields),
    ...(fields.isRevoked === undefined ? {} : { isRevoked: fields.isRevoked }),
  };
}

export function readJoinRequest(body: unknown): JoinRequest {
  const fields = fieldsOf(body ?? {}, ['name', 'secret']);
  return { ...(fields.name === undefined ? {} : { name: readWords('name', fields.name) }), ...readSecret(fields) };
}

/** Made by whoever asks. */
function readSecret({ secret }: Fields): { secret?: string } {
  if (secret === undefined) return {};
  if (typeof secret !== 'string' || !isSecret(secret)) throw wrong('secret', '32 random bytes in base64url');
  return { secret };
}

function readLabel({ label }: Fields): { label?: string } {
  return label === undefined ? {} : { label: readWords('label', label) };
}

function readExpiry({ expiresAt }: Fields): { expiresAt?: number | null } {
  if (expiresAt === undefined) return {};
  if (expiresAt === null || isWhole(expiresAt, LAST_MOMENT)) return { expiresAt };
  throw wrong('expiresAt', 'milliseconds since 1970, or null for never');
}

function readMostUses({ mostUses }: Fields): { mostUses?: number | null } {
  if (mostUses === undefined) return {};
  if (mostUses === null || isWhole(mostUses, MOST_USES)) return { mostUses };
  throw wrong('mostUses', `a number from 1 to ${MOST_USES}, or null for as many as like to`);
}

function readWords(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST_WORDS) throw wrong(field, `at most ${LONGEST_WORDS} characters of text`);
  return value;
}

/** R1 */
function fieldsOf(body: unknown, known: readonly string[]): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RefusedRequest('malformed', 'The body has to be a JSON object.');
  }
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  // Not its name: whatever came is not sent back.
  if (unknown !== undefined) throw new RefusedRequest('malformed', `The body may have ${known.join(', ')} and nothing else.`);
  return { ...body };
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;
}

function wrong(field: string, expected: string): RefusedRequest {
  return new RefusedRequest('malformed', `${field} has to be ${expected}.`);
}
