/**
 * The links of documents, for their owners, and the exchange of a link for a personal secret.
 *
 * R1  A secret is said once, to whoever made it or exchanged a link for it; what is kept is its hash.
 * R2  Changes of one document are made one after the other, so a limit of uses holds however many come at once.
 * R3  A change is kept first and then counts at once, in every connection (live-grants.ts).
 * R4  A revoked link stays revoked.
 * R5  A document gets one owner, however many ask at once. Whoever brings the owner's secret may ask again, because an answer can
 *     get lost; with any other, the document is taken.
 * R6  Who brings the personal secret may exchange the same link for it again, and it is one use. No other secret becomes personal.
 */
import { cleanName } from '../../src/shared/protocol/presence';
import { Rejected } from '../../src/shared/protocol/rejections';
import { base64url, type DocumentId } from '../../src/shared/protocol/routes';
import type { Joined, Link, LinkChange, LinkDraft, NewLink } from '../../src/shared/protocol/sharing';
import type { LinkRecord, LinkStore } from '../rooms/link-store';
import type { Clock } from '../rooms/ports';
import { NoGuess } from './grants';
import { isOver, keyOfLink, NO_LINK } from './link-access';
import type { LiveGrants } from './live-grants';
import { hashSecret, isSecret, newSecret, type Random } from './secrets';
import { Turns } from './turns';

/** Links of one document, revoked ones too. */
export const MOST_LINKS = 200;
/** Personal secrets of one link, also where it sets no limit itself: each is a record that is kept. */
export const MOST_USES = 10_000;
/** Who came by a link, in its record. */
export const MOST_ARRIVALS = 100;

const LINK_ID_BYTES = 9;

export interface Owned {
  readonly secret: string;
  /** False: it owned the document already. */
  readonly isNew: boolean;
}

export interface LinksOptions {
  readonly store: LinkStore;
  readonly live: LiveGrants;
  readonly clock: Clock;
  readonly random: Random;
}

export class Links {
  readonly #store: LinkStore;
  readonly #live: LiveGrants;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #turns = new Turns<DocumentId>();

  constructor({ store, live, clock, random }: LinksOptions) {
    this.#store = store;
    this.#live = live;
    this.#clock = clock;
    this.#random = random;
  }

  /** @param proposed the owner's secret, when whoever asks has made it (R5). `undefined` when somebody else owns the document. */
  own(document: DocumentId, proposed?: string): Promise<Owned | undefined> {
    return this.#turns.take(document, async () => {
      const secret = proposed ?? newSecret(this.#random);
      const hash = hashSecret(secret);
      const hasOwner = await this.#store.has(document);
      const found = await this.#store.findSecret(document, hash);
      if (found?.type === 'owner') return { secret, isNew: false };
      if (hasOwner) return undefined;
      await this.#store.write(document, { secrets: [[hash, { type: 'owner' }]] });
      return { secret, isNew: true };
    });
  }

  /** Oldest first. */
  async list(document: DocumentId): Promise<Link[]> {
    const links = await this.#store.listLinks(document);
    return links.sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)).map(described);
  }

  /** `undefined` when the document has {@link MOST_LINKS}. */
  add(document: DocumentId, { role, label = '', expiresAt = null, mostUses = null }: LinkDraft): Promise<NewLink | undefined> {
    return this.#turns.take(document, async () => {
      if ((await this.#store.listLinks(document)).length >= MOST_LINKS) return undefined;
      const secret = newSecret(this.#random);
      const link: LinkRecord = {
        id: base64url(this.#random(LINK_ID_BYTES)),
        role,
        label: cleanName(label),
        createdAt: this.#now(),
        expiresAt,
        uses: 0,
        mostUses,
        isRevoked: false,
        arrivals: [],
        secret: hashSecret(secret),
      };
      await this.#store.write(document, { links: [link], secrets: [[link.secret, { type: 'link', link: link.id }]] });
      return { link: described(link), secret };
    });
  }

  /** `undefined` when there is no such link. */
  change(document: DocumentId, id: string, change: LinkChange): Promise<Link | undefined> {
    return this.#turns.take(document, async () => {
      const before = await this.#store.findLink(document, id);
      if (before === undefined) return undefined;
      const after: LinkRecord = {
        ...before,
        role: change.role ?? before.role,
        label: change.label === undefined ? before.label : cleanName(change.label),
        expiresAt: change.expiresAt === undefined ? before.expiresAt : change.expiresAt,
        isRevoked: before.isRevoked || change.isRevoked === true,
      };
      await this.#store.write(document, { links: [after] });
      this.#enforce(document, after);
      return described(after);
    });
  }

  /** Ends it like revoking, and forgets it with everyone who came by it. False when there is no such link. */
  remove(document: DocumentId, id: string): Promise<boolean> {
    return this.#turns.take(document, async () => {
      if ((await this.#store.findLink(document, id)) === undefined) return false;
      await this.#store.removeLink(document, id);
      this.#live.end(document, keyOfLink(id), 'its link was removed');
      return true;
    });
  }

  /**
   * One use: a link's secret for a personal one.
   *
   * @param proposed the personal secret, when whoever asks has made it (R6). @throws {Rejected} `unauthorized`, whatever is wrong.
   */
  join(document: DocumentId, secret: string | undefined, name: string, proposed?: string): Promise<Joined> {
    return this.#turns.take(document, async () => {
      // As many reads whatever is wrong: see link-access.ts, R3.
      const looked = await this.#store.findSecret(document, hashSecret(secret ?? ''));
      const found = secret !== undefined && isSecret(secret) ? looked : undefined;
      const link = await this.#store.findLink(document, found?.type === 'link' ? found.link : NO_LINK);
      const personal = proposed ?? newSecret(this.#random);
      const known = await this.#store.findSecret(document, hashSecret(personal));
      const now = this.#now();
      if (link === undefined) throw new Rejected('unauthorized');
      if (isOver(link, now)) throw new NoGuess();
      if (known?.type === 'personal' && known.link === link.id) return joinedBy(document, link, personal, known.name);
      if (known !== undefined) throw new Rejected('unauthorized');
      if (link.uses >= (link.mostUses ?? MOST_USES)) throw new NoGuess();
      const visible = cleanName(name);
      const arrivals = [...link.arrivals, { name: visible, at: now }].slice(-MOST_ARRIVALS);
      await this.#store.write(document, {
        links: [{ ...link, uses: link.uses + 1, arrivals }],
        secrets: [[hashSecret(personal), { type: 'personal', link: link.id, name: visible }]],
      });
      return joinedBy(document, link, personal, visible);
    });
  }

  /** With the document: nobody gets in by anything that was given out for it. */
  forget(document: DocumentId): Promise<void> {
    return this.#turns.take(document, () => this.#store.removeDocument(document));
  }

  /** Documents that have an owner. */
  documents(): AsyncIterable<DocumentId> {
    return this.#store.listDocuments();
  }

  /** R3 */
  #enforce(document: DocumentId, after: LinkRecord): void {
    const key = keyOfLink(after.id);
    if (isOver(after, this.#now())) {
      this.#live.end(document, key, after.isRevoked ? 'its link was revoked' : 'its link expired');
      return;
    }
    this.#live.change(document, key, { role: after.role, expiresAt: after.expiresAt ?? undefined });
  }

  #now(): number {
    return Math.round(this.#clock.wallTime());
  }
}

function joinedBy(document: DocumentId, { role, expiresAt }: LinkRecord, secret: string, name: string): Joined {
  return { document, role, isOwner: false, secret, ...(name === '' ? {} : { name }), ...(expiresAt === null ? {} : { expiresAt }) };
}

function described({ secret: _kept, ...link }: LinkRecord): Link {
  return link;
}
