import { REJECTIONS } from '../../shared/protocol/rejections';
import type { Role } from '../../shared/protocol/roles';
import type { Transport } from './socket';

/** What the app may truthfully say about a document. */
export interface SessionStatus {
  readonly connection: Connection;
  /**
   * Where everything typed here is by now: one of three truths and never more. `saved` only when this connection has
   * sent its sync-reply and sent = received = saved; or, without a connection, when that was so the last time and
   * nothing was typed since, which the offline copy knows across restarts. Of what was deleted nothing is.
   */
  readonly truth: 'on-device' | 'at-relay' | 'saved';
  /** When the oldest edit that is not saved was made; `undefined` when all are. Milliseconds since 1970. */
  readonly unsavedSince: number | undefined;
  /**
   * Whether the offline copy on this device takes what is typed, and whether all of it is confirmed to be written by now; the
   * reason is one sentence for a person.
   */
  readonly offlineCopy: { readonly ok: true; readonly isWritten: boolean } | { readonly ok: false; readonly reason: string };
  /** The relay says its own storage fails: edits arrive but are not saved. */
  readonly relayStorageFailing: boolean;
  /** Whether the text shown has ever been complete: from the offline copy or the relay. Until then it is not shown as empty. */
  readonly loaded: boolean;
  /** As the relay says now, or said the last time. `viewer`: nothing may be typed. */
  readonly role: Role;
  /** May also make links and delete the document. */
  readonly isOwner: boolean;
  /** Whether this relay knows roles and links: under open access everyone is an editor, and there is nothing to share but the address. */
  readonly access: 'open' | 'links' | 'unknown';
  /** `undefined` without a connection. */
  readonly transport: Transport | undefined;
  /** When everything was last seen saved; `undefined` when never since it was opened. Milliseconds since 1970. */
  readonly savedAt: number | undefined;
  /** Writing frames of this connection that the relay has not confirmed as received. */
  readonly underWay: number;
}

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  /** Not reachable; tries again by itself at `retryAt` (milliseconds since 1970). */
  | { readonly state: 'waiting'; readonly retryAt: number; readonly reason: string | undefined }
  /** The relay lets only those make documents who have its key, and this one is not made yet; see `DocumentSession.useRelayKey`. */
  | { readonly state: 'needs-relay-key'; readonly reason: string }
  /**
   * Refused for good: trying again by itself would not help. `reason` is one sentence with what to do. `mayBegin`: no link was given,
   * and the document can be made, if there is none; see `DocumentSession.begin`.
   */
  | { readonly state: 'refused'; readonly closeCode: number; readonly reason: string; readonly mayBegin?: true };

/** Whether what this device gets in by opens the document no more, or never did: another link may. */
export function isShutOut(connection: Connection): boolean {
  return connection.state === 'refused' && connection.closeCode === REJECTIONS.unauthorized.closeCode;
}

/** Whether there is nothing at the relay any more: what this device has is all that there is. */
export function isDeleted(connection: Connection): boolean {
  return connection.state === 'refused' && connection.closeCode === REJECTIONS.deleted.closeCode;
}
