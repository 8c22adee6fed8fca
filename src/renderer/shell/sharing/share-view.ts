/**
 * What a person can share, by who they are in a document (pure).
 *
 * R1  Nobody is offered more than they have: links are made by owners; everyone else passes on what they came by.
 * R2  What the relay has not said yet is not guessed.
 */
import type { Role } from '../../../shared/protocol/roles';
import type { Link } from '../../../shared/protocol/sharing';
import type { Key } from '../../documents/keyring';
import { isShutOut, type SessionStatus } from '../../session/status';
import { stateOf } from './link-words';

export type ShareView =
  /** May make links. */
  | { readonly type: 'owner' }
  /** Everyone who knows the address may write; there is nothing else to give. */
  | { readonly type: 'address' }
  /** Came by this link; it lets in whoever has it, in this role. */
  | { readonly type: 'pass-on'; readonly secret: string; readonly role: Role }
  /** Has a secret that is meant for nobody else. */
  | { readonly type: 'ask' }
  /** What this person had opens the document no more. */
  | { readonly type: 'shut-out' }
  /** The document is not made yet. */
  | { readonly type: 'needs-relay-key' }
  /** The relay has not said yet who this person is. */
  | { readonly type: 'not-yet' };

/** @param secret of the address that was opened, as long as this device could not keep it */
export function shareViewOf(
  { access, isOwner, role, connection }: Pick<SessionStatus, 'access' | 'isOwner' | 'role' | 'connection'>,
  key: Key | undefined,
  secret: string,
): ShareView {
  if (access === 'open') return { type: 'address' };
  if (isShutOut(connection)) return { type: 'shut-out' };
  if (connection.state === 'needs-relay-key') return { type: 'needs-relay-key' };
  if (isOwner) return { type: 'owner' };
  if (key === undefined && connection.state !== 'connected') return { type: 'not-yet' };
  // A token of some application has dots: it was made for this person alone.
  const link = key === undefined ? secret : (key.link ?? '');
  return link === '' || link.includes('.') ? { type: 'ask' } : { type: 'pass-on', secret: link, role };
}

/**
 * The link that “copy” gives for a role: without limits and without a name, and its secret on this device, so that the
 * same one is given each time. `undefined`: it has to be made first.
 */
export function plainLink(links: readonly Link[], secrets: ReadonlyMap<string, string>, role: Role): Link | undefined {
  return links.find(
    (link) =>
      link.role === role &&
      link.label === '' &&
      link.expiresAt === null &&
      link.mostUses === null &&
      stateOf(link, 0) === 'open' &&
      secrets.has(link.id),
  );
}
