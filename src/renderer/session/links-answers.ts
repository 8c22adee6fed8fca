/**
 * Reads what a relay answers about links (pure).
 *
 * R1  What is not of the shape that sharing.ts says is no answer: `undefined`. Fields that nobody here knows are left out.
 * R2  What people read of it, labels and names, is one line of bounded length, whatever the relay sent.
 */
import { cleanName } from '../../shared/protocol/presence';
import { isRole } from '../../shared/protocol/roles';
import type { Link, NewLink } from '../../shared/protocol/sharing';

type Fields = Readonly<Record<string, unknown>>;
type Arrival = Link['arrivals'][number];

const LINK_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** It goes behind the `#` of an address: nothing that would have to be escaped there. */
const SECRET = /^[A-Za-z0-9_-]{16,256}$/;
/** The last moment of a `Date`. */
const LAST_MOMENT = 8.64e15;

export function readLinks(value: unknown): readonly Link[] | undefined {
  const { links } = fieldsOf(value);
  return Array.isArray(links) ? allOf(links.map(readLink)) : undefined;
}

export function readNewLink(value: unknown): NewLink | undefined {
  const { link, secret } = fieldsOf(value);
  const read = readLink(link);
  return read !== undefined && typeof secret === 'string' && SECRET.test(secret) ? { link: read, secret } : undefined;
}

export function readLink(value: unknown): Link | undefined {
  const { id, role, label, createdAt, expiresAt, uses, mostUses, isRevoked, arrivals } = fieldsOf(value);
  if (typeof id !== 'string' || !LINK_ID.test(id) || !isRole(role) || typeof label !== 'string') return undefined;
  if (!isMoment(createdAt) || (expiresAt !== null && !isMoment(expiresAt))) return undefined;
  if (!isCount(uses) || (mostUses !== null && !isCount(mostUses)) || typeof isRevoked !== 'boolean') return undefined;
  const came = Array.isArray(arrivals) ? allOf(arrivals.map(readArrival)) : undefined;
  if (came === undefined) return undefined;
  return { id, role, label: cleanName(label), createdAt, expiresAt, uses, mostUses, isRevoked, arrivals: came };
}

function readArrival(value: unknown): Arrival | undefined {
  const { name, at } = fieldsOf(value);
  return typeof name === 'string' && isMoment(at) ? { name: cleanName(name), at } : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** All of them, or nothing. */
function allOf<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length === values.length ? there : undefined;
}

function isMoment(value: unknown): value is number {
  return isCount(value) && value <= LAST_MOMENT;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
