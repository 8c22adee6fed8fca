/**
 * What a document's access looks like as keys and values of an ordered store. Pure.
 *
 * R1  Keys of two documents never mix: the separator is no character of an id (records.ts, R1).
 * R2  Values are JSON under a checksum of key and value (records.ts, R2), so a record in another's place is damaged.
 * R3  What does not have the shape of a record is damaged: it is never half a rule about who may get in.
 */
import { isRole } from '../../src/shared/protocol/roles';
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import type { LinkRecord, SecretHash, SecretRecord } from '../rooms/link-store';
import { DamagedRecord, type KeyRange, opened, sealed } from './records';

const SPACE = 'access\0';
const LINK = 'l';
const SECRET = 's';

/** All access records, of every document. */
export const ALL_ACCESS: KeyRange = { gte: keyOf(SPACE), lte: keyOf('access\x01') };

export function linkKey(document: DocumentId, link: string): Uint8Array {
  return keyOf(`${SPACE}${document}\0${LINK}${link}`);
}

export function secretKey(document: DocumentId, secret: SecretHash): Uint8Array {
  return keyOf(`${SPACE}${document}\0${SECRET}${secret}`);
}

export function linkKeys(document: DocumentId): KeyRange {
  return { gte: keyOf(`${SPACE}${document}\0${LINK}`), lte: keyOf(`${SPACE}${document}\0${LINK}\x7f`) };
}

export function secretKeys(document: DocumentId): KeyRange {
  return { gte: keyOf(`${SPACE}${document}\0${SECRET}`), lte: keyOf(`${SPACE}${document}\0${SECRET}\x7f`) };
}

/** Everything of one document. */
export function accessKeys(document: DocumentId): KeyRange {
  return { gte: keyOf(`${SPACE}${document}\0`), lte: keyOf(`${SPACE}${document}\x01`) };
}

/** @throws {DamagedRecord} */
export function documentOfAccessKey(key: Uint8Array): DocumentId {
  const id = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1').slice(SPACE.length).split('\0')[0] ?? '';
  const document = parseDocumentId(id);
  if (document === undefined) throw new DamagedRecord('the key of an access record has no document id');
  return document;
}

export function encodeAccess(key: Uint8Array, record: LinkRecord | SecretRecord): Uint8Array {
  return sealed(key, Buffer.from(JSON.stringify(record)));
}

/** @throws {DamagedRecord} */
export function decodeLink(key: Uint8Array, value: Uint8Array): LinkRecord {
  const record = decodeJson(key, value, 'a link');
  if (!isLink(record)) throw new DamagedRecord('a link is not one');
  return record;
}

/** @throws {DamagedRecord} */
export function decodeSecret(key: Uint8Array, value: Uint8Array): SecretRecord {
  const record = decodeJson(key, value, 'a secret');
  if (!isSecretRecord(record)) throw new DamagedRecord('what a secret stands for is nothing known');
  return record;
}

/** Whichever of the two it is. @throws {DamagedRecord} */
export function requireAccess(document: DocumentId, key: Uint8Array, value: Uint8Array): void {
  if (key[accessKeys(document).gte.length] === LINK.charCodeAt(0)) decodeLink(key, value);
  else decodeSecret(key, value);
}

function decodeJson(key: Uint8Array, value: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  const body = opened(key, value, what);
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DamagedRecord(`${what} is not JSON`);
}

/** R3 */
function isLink(record: object): record is LinkRecord {
  const { id, role, label, createdAt, expiresAt, uses, mostUses, isRevoked, arrivals, secret } = record as Partial<LinkRecord>;
  const isTime = (value: unknown): boolean => typeof value === 'number';
  return (
    [id, label, secret].every((value) => typeof value === 'string') &&
    isRole(role) &&
    isTime(createdAt) &&
    (expiresAt === null || isTime(expiresAt)) &&
    typeof uses === 'number' &&
    (mostUses === null || typeof mostUses === 'number') &&
    typeof isRevoked === 'boolean' &&
    Array.isArray(arrivals)
  );
}

/** R3 */
function isSecretRecord(record: object): record is SecretRecord {
  const { type, link, name } = record as { type?: unknown; link?: unknown; name?: unknown };
  if (type === 'owner') return true;
  if (typeof link !== 'string') return false;
  return type === 'link' || (type === 'personal' && typeof name === 'string');
}

function keyOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
