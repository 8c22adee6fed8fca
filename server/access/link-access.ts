/**
 * Access by links: what a secret stands for, looked up by its hash.
 *
 * R1  A personal secret has the role, the expiry and the end of its link, as they are now.
 * R2  A link with a limit of uses opens nothing itself: each person has to exchange it, else its uses could not be counted.
 * R3  The same number of reads whatever is wrong, so the time that an answer takes does not tell either.
 */
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { LinkRecord, LinkStore, SecretRecord } from '../rooms/link-store';
import type { Clock } from '../rooms/ports';
import { type Authoriser, type Grant, NoGuess } from './grants';
import { hashSecret, isSecret } from './secrets';

const OWNER_KEY = 'owner';

/** Grants of one link are revoked together. */
export function keyOfLink(link: string): string {
  return `link:${link}`;
}

export function isOver(link: LinkRecord, now: number): boolean {
  return link.isRevoked || (link.expiresAt !== null && link.expiresAt <= now);
}

/** No link has this id: what is read instead of a link where there is none (R3). */
export const NO_LINK = '-';

export class LinkAccess implements Authoriser {
  readonly #store: LinkStore;
  readonly #clock: Clock;

  constructor({ store, clock }: { store: LinkStore; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  async authorise(secret: string | undefined, document: DocumentId): Promise<Grant> {
    const { found, link } = await this.#find(secret, document);
    if (found?.type === 'owner') return { document, role: 'editor', isOwner: true, key: OWNER_KEY };
    if (found === undefined) throw new Rejected('unauthorized');
    if (link === undefined || isOver(link, this.#clock.wallTime()) || (found.type === 'link' && link.mostUses !== null))
      throw new NoGuess();
    return {
      document,
      role: link.role,
      isOwner: false,
      key: keyOfLink(link.id),
      ...(found.type === 'personal' && found.name !== '' ? { saidName: found.name } : {}),
      ...(link.expiresAt === null ? {} : { expiresAt: link.expiresAt }),
    };
  }

  async #find(
    secret: string | undefined,
    document: DocumentId,
  ): Promise<{ found: SecretRecord | undefined; link: LinkRecord | undefined }> {
    // What is no secret is looked up all the same (R3).
    const known = secret !== undefined && isSecret(secret);
    const looked = await this.#store.findSecret(document, hashSecret(secret ?? ''));
    const found = known ? looked : undefined;
    const link = await this.#store.findLink(document, found === undefined || found.type === 'owner' ? NO_LINK : found.link);
    return { found, link };
  }
}
