/**
 * What the relay concludes from a secret or a token: who may do what in which document.
 *
 * R1  There is one authoriser for HTTP, WebSocket and event streams, so no way in forgets a rule of the others.
 * R2  Whatever is wrong with a secret (unknown, expired, used up, revoked, of another document), the answer is the same.
 */
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';

export interface Grant {
  readonly document: DocumentId;
  readonly role: Role;
  /** May also manage links and delete the document. */
  readonly isOwner: boolean;
  /** As the token says, whose application knows it; cleaned. */
  readonly name?: string;
  /** As the person said when a link was exchanged; cleaned. What the person says later counts more. */
  readonly saidName?: string;
  /** Milliseconds since 1970; connections close then. */
  readonly expiresAt?: number;
  /** Which link, person or subject it came from: what is revoked together has one key. Never a secret, nor made of one. */
  readonly key: string;
}

export interface Authoriser {
  /**
   * @param secret what came with the request: a link's or a personal secret, or a token; `undefined` when nothing came.
   * @throws {Rejected} `unauthorized`, R2.
   */
  authorise(secret: string | undefined, document: DocumentId): Promise<Grant>;
}

/** A secret of this document that the relay has given out, and that opens nothing (any more): refused like all others, but no guess. */
export class NoGuess extends Rejected {
  constructor() {
    super('unauthorized');
  }
}
