/**
 * By what this device gets into a document: the decisions, apart from the requests (admission-requests.ts). A generator asks,
 * is given the answer and goes on; a question that gets no answer ends it, and the next attempt begins anew. Pure.
 *
 * R1  Under open access nothing is asked, and no secret comes along but an owner's.
 * R2  The key of this device comes first. The secret in the address takes its place only where that gives more (owner > editor >
 *     viewer), or where the key opens nothing any more.
 * R3  Exchanging the secret of a link is a use: never with a key that came by it, never by an owner, never where the link cannot
 *     give more. A token is not exchanged.
 * R4  A secret that is made here is on the disk before it is sent, and is sent again until there is an answer: what gets lost on
 *     the way costs neither a document nor a second use. A valid key is not given up for that: then it is kept in memory alone.
 * R5  With neither key nor secret a document that began here is claimed, and any other only when a person asks for that: a mistyped
 *     address makes no document, and one that was copied without its secret is not taken for a new one.
 * R6  A secret that was made in vain is not kept.
 */
import type { Role } from '../../shared/protocol/roles';
import type { Key } from '../documents/keyring';

export interface Facts {
  readonly access: 'open' | 'links';
  readonly creators: 'anyone' | 'key';
  /** Of this device, for this document at this relay. */
  readonly key: Key | undefined;
  /** The secret in the address; empty when there is none. */
  readonly offered: string;
  /** Whether it was weighed against the key before. */
  readonly isWeighed: boolean;
  /** Whether the document may be this device's own. */
  readonly mayClaim: boolean;
  /** Whether it began on this device, or a person wants it to begin here. */
  readonly isMeant: boolean;
  /** A new secret, for where one has to be made. */
  readonly made: string;
  /** The relay's own key. */
  readonly relayKey: string | undefined;
}

export type Question =
  /** What does this secret stand for? */
  | { readonly type: 'look'; readonly secret: string }
  /** One use of a link: `made` becomes a personal secret. */
  | { readonly type: 'exchange'; readonly link: string; readonly made: string }
  /** `secret` becomes the owner's. */
  | { readonly type: 'claim'; readonly secret: string; readonly relayKey: string | undefined }
  /** Puts a key on the disk, unless there is one. */
  | { readonly type: 'keep-first'; readonly key: Key }
  /** Takes it from the disk. */
  | { readonly type: 'let-go'; readonly key: Key };

export type Answer =
  | ({ readonly type: 'member'; readonly secret: string } & Standing)
  | { readonly type: 'unauthorized' }
  | { readonly type: 'taken' }
  /** The key that is there now. */
  | { readonly type: 'kept'; readonly key: Key }
  | { readonly type: 'gone' };

/** What a secret stands for. */
export interface Standing {
  readonly role: Role;
  readonly isOwner: boolean;
}

export type Verdict =
  | ({
      readonly type: 'let-in';
      readonly secret: string | undefined;
      /** To be kept. */
      readonly key: Key | undefined;
    } & Standing)
  /** `isTaken`: somebody else made the document that this device would have made. */
  | { readonly type: 'refused'; readonly isTaken?: true }
  /** Nothing came along that could let anybody in; the document may be made here, if a person wants that. */
  | { readonly type: 'no-link' }
  /** `isWrong`: the one that came along was. */
  | { readonly type: 'needs-relay-key'; readonly isWrong: boolean };

type Seeking<Result> = Generator<Question, Result, Answer>;

const REFUSED: Verdict = { type: 'refused' };
const TAKEN: Verdict = { type: 'refused', isTaken: true };
/** What a WebSocket's sub-protocol and a bearer's header both take. */
const SENDABLE = /^[A-Za-z0-9._~-]{1,4096}$/;
/** RFC 6750, section 2.1. */
const BEARABLE = /^[A-Za-z0-9\-._~+/]{1,4096}=*$/;

export function* admission(facts: Facts): Seeking<Verdict> {
  const { key } = facts;
  if (facts.access === 'open') return underOpenAccess(key);
  if (key === undefined) return yield* facts.offered === '' ? claimAnew(facts) : enter(facts);
  if (key.isUnclaimed) return yield* bringIn(facts, key);
  const standing = yield* look(key.secret);
  const { isRefused: _, ...opening } = key;
  if (standing !== undefined) return yield* weigh(facts, { ...opening, ...standing });
  return hasOther(facts, key) ? yield* enter(facts) : REFUSED;
}

/** R1 */
function underOpenAccess(key: Key | undefined): Verdict {
  const isOwner = key?.isOwner === true && !key.isUnclaimed;
  return { type: 'let-in', secret: isOwner ? key.secret : undefined, key: undefined, role: 'editor', isOwner };
}

/** By the secret in the address. */
function* enter(facts: Facts): Seeking<Verdict> {
  const { offered, made, key } = facts;
  if (!SENDABLE.test(offered)) return REFUSED;
  if (isToken(offered)) {
    const standing = yield* look(offered);
    return standing === undefined ? REFUSED : letIn(itself(offered, standing));
  }
  const pending: Key = { secret: made, isUnclaimed: true, link: offered, role: 'viewer', isOwner: false };
  if (key !== undefined) return yield* exchange(pending);
  const kept = yield* keepFirst(pending);
  // Another window has begun.
  if (kept.secret !== made) return yield* admission({ ...facts, key: kept });
  return yield* exchange(kept);
}

/** R4: a secret that was made before, and may be at the relay or not. */
function* bringIn(facts: Facts, key: Key): Seeking<Verdict> {
  const verdict = yield* key.link === undefined ? claim(facts, key) : exchange(key);
  if (verdict.type === 'let-in' && verdict.key !== undefined) return yield* weigh(facts, verdict.key);
  return verdict.type === 'refused' && hasOther(facts, key) ? yield* enter({ ...facts, key: undefined }) : verdict;
}

/** R2, R3 */
function* weigh(facts: Facts, held: Key): Seeking<Verdict> {
  const { offered } = facts;
  if (facts.isWeighed || held.isOwner || !hasOther(facts, held) || !SENDABLE.test(offered)) return letIn(held);
  const standing = yield* look(offered);
  if (isToken(offered)) {
    // The younger of two that give the same lasts longer.
    const isBetter = standing !== undefined && rank(standing) >= rank(held);
    return letIn(isBetter ? itself(offered, standing) : held);
  }
  if (standing === undefined ? held.role === 'editor' : rank(standing) <= rank(held)) return letIn(held);
  if (standing?.isOwner === true) return letIn(itself(offered, standing));
  const personal = yield* join(offered, facts.made);
  if (personal !== undefined) return letIn(personal);
  return letIn(standing === undefined ? held : itself(offered, standing));
}

function* exchange(pending: Key): Seeking<Verdict> {
  const link = pending.link ?? '';
  const personal = yield* join(link, pending.secret);
  if (personal !== undefined) return letIn(personal);
  // It may be no link's, but an owner's or a personal one; or a link's that nobody can use up.
  const standing = yield* look(link);
  if (standing !== undefined) return letIn(itself(link, standing));
  yield { type: 'let-go', key: pending };
  return REFUSED;
}

/** R5 */
function* claimAnew(facts: Facts): Seeking<Verdict> {
  if (!facts.mayClaim) return REFUSED;
  if (facts.creators === 'key' && facts.relayKey === undefined) return { type: 'needs-relay-key', isWrong: false };
  if (!facts.isMeant) return { type: 'no-link' };
  const key: Key = { secret: facts.made, isUnclaimed: true, link: undefined, role: 'editor', isOwner: true };
  const kept = yield* keepFirst(key);
  return yield* kept.secret === key.secret ? claim(facts, kept) : admission({ ...facts, key: kept });
}

function* claim({ creators, relayKey }: Facts, key: Key): Seeking<Verdict> {
  if (creators === 'key' && relayKey === undefined) return { type: 'needs-relay-key', isWrong: false };
  if (relayKey !== undefined && !BEARABLE.test(relayKey)) return { type: 'needs-relay-key', isWrong: true };
  const answer = yield { type: 'claim', secret: key.secret, relayKey: creators === 'key' ? relayKey : undefined };
  if (answer.type === 'member') return letIn({ ...key, isUnclaimed: false, role: 'editor', isOwner: true });
  if (answer.type === 'unauthorized') return { type: 'needs-relay-key', isWrong: creators === 'key' };
  yield { type: 'let-go', key };
  return TAKEN;
}

function* look(secret: string): Seeking<Standing | undefined> {
  const answer = yield { type: 'look', secret };
  return answer.type === 'member' ? { role: answer.role, isOwner: answer.isOwner } : undefined;
}

function* join(link: string, made: string): Seeking<Key | undefined> {
  const answer = yield { type: 'exchange', link, made };
  if (answer.type !== 'member') return undefined;
  return { secret: answer.secret, isUnclaimed: false, link, role: answer.role, isOwner: false };
}

function* keepFirst(key: Key): Seeking<Key> {
  const answer = yield { type: 'keep-first', key };
  return answer.type === 'kept' ? answer.key : key;
}

function letIn(key: Key): Verdict {
  return { type: 'let-in', secret: key.secret, key, role: key.role, isOwner: key.isOwner };
}

/** A secret that is its own key. */
function itself(secret: string, standing: Standing): Key {
  return { secret, isUnclaimed: false, link: undefined, ...standing };
}

/** Whether the address has a secret that this key did not come from. */
function hasOther({ offered }: Facts, key: Key): boolean {
  return offered !== '' && offered !== key.secret && offered !== key.link;
}

/** A JSON Web Token; secrets of the relay have no dots. */
function isToken(secret: string): boolean {
  return secret.includes('.');
}

function rank({ role, isOwner }: Standing): number {
  if (isOwner) return 2;
  return role === 'editor' ? 1 : 0;
}
