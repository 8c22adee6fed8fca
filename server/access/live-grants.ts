/**
 * The grants by which somebody is connected right now, so that what changes in a link counts at once, in every connection.
 *
 * R1  `role` of a live grant is the role of this moment.
 * R2  A grant that ends (revoked, expired, its document deleted) ends every connection that holds it, at once.
 * R3  A change that is made while somebody is being admitted is not missed: they are looked at again.
 * R4  A holder that fails keeps no other from hearing.
 * R5  An expiry is a date. A timer knows none: over a machine that slept, or whose calendar was set, it would come hours late. So
 *     grants are looked at by the calendar every {@link LOOK_MS}.
 */
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Clock, Log } from '../rooms/ports';
import type { Grant } from './grants';

/** A connection: a socket, an event stream, one document of a feed. */
export interface GrantHolder {
  /** Counts from now on; the client has to hear of it. */
  roleChanged(role: Role): void;
  /** The connection has to end. @param detail for the log. */
  grantEnded(detail: string, rejection: GrantEnd): void;
}

/** What is said to whoever held it. */
export type GrantEnd = 'unauthorized' | 'deleted';

export interface LiveGrant extends Omit<Grant, 'expiresAt'> {
  /** R1 */
  readonly role: Role;
  /** For whoever ends the connection; harmless when repeated. */
  release(): void;
}

/** Between two looks at a grant that expires; no more than that does it outlive its date. */
export const LOOK_MS = 10_000;

/** What may change while somebody is connected. */
export interface GrantTerms {
  readonly role: Role;
  /** `undefined`: never. */
  readonly expiresAt: number | undefined;
}

export class LiveGrants {
  readonly #log: Log;
  readonly #held = new Map<DocumentId, Set<HeldGrant>>();
  /** Those whose secrets are being looked at. */
  readonly #admissions = new Map<DocumentId, Set<Admission>>();
  /** One for all: a connection that is idle weighs what is its own. */
  readonly #surroundings: HeldSurroundings;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#log = log;
    this.#surroundings = {
      clock,
      safely: (work) => this.#safely(work),
      released: (held) => removeFrom(this.#held, held.document, held),
    };
  }

  /** Connections of a document. */
  count(document: DocumentId): number {
    return this.#held.get(document)?.size ?? 0;
  }

  /** @param authorise may be called again (R3). Throws what it throws. */
  async admit(document: DocumentId, authorise: () => Promise<Grant>, holder: GrantHolder): Promise<LiveGrant> {
    for (;;) {
      const admission: Admission = { isOutdated: false };
      addTo(this.#admissions, document, admission);
      let grant: Grant;
      try {
        grant = await authorise();
      } finally {
        removeFrom(this.#admissions, document, admission);
      }
      if (!admission.isOutdated) return this.#hold(grant, holder);
    }
  }

  change(document: DocumentId, key: string, terms: GrantTerms): void {
    this.#outdate(document);
    for (const held of this.#of(document, key)) this.#safely(() => held.change(terms));
  }

  /** @param key every grant of the document when left out. */
  end(document: DocumentId, key: string | undefined, detail: string, rejection: GrantEnd = 'unauthorized'): void {
    this.#outdate(document);
    for (const held of this.#of(document, key)) this.#safely(() => held.end(detail, rejection));
  }

  #hold(grant: Grant, holder: GrantHolder): LiveGrant {
    const held = new HeldGrant(grant, holder, this.#surroundings);
    addTo(this.#held, grant.document, held);
    return held;
  }

  /** A copy: whoever ends leaves the set. */
  #of(document: DocumentId, key: string | undefined): HeldGrant[] {
    return [...(this.#held.get(document) ?? [])].filter((held) => key === undefined || held.key === key);
  }

  #outdate(document: DocumentId): void {
    for (const admission of this.#admissions.get(document) ?? []) admission.isOutdated = true;
  }

  /** R4 */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#log.error({ err: error }, 'a connection could not be told that its grant changed');
    }
  }
}

interface Admission {
  isOutdated: boolean;
}

interface HeldSurroundings {
  readonly clock: Clock;
  readonly safely: (work: () => void) => void;
  readonly released: (held: HeldGrant) => void;
}

class HeldGrant implements LiveGrant {
  readonly document: DocumentId;
  readonly isOwner: boolean;
  readonly name?: string;
  readonly saidName?: string;
  readonly key: string;
  readonly #holder: GrantHolder;
  readonly #surroundings: HeldSurroundings;
  #terms: GrantTerms;
  #isReleased = false;
  #stopExpiry: (() => void) | undefined;

  constructor(grant: Grant, holder: GrantHolder, surroundings: HeldSurroundings) {
    this.document = grant.document;
    this.isOwner = grant.isOwner;
    if (grant.name !== undefined) this.name = grant.name;
    if (grant.saidName !== undefined) this.saidName = grant.saidName;
    this.key = grant.key;
    this.#holder = holder;
    this.#surroundings = surroundings;
    this.#terms = { role: grant.role, expiresAt: grant.expiresAt };
    this.#awaitExpiry();
  }

  get role(): Role {
    return this.#terms.role;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#stopExpiry?.();
    this.#surroundings.released(this);
  }

  change(terms: GrantTerms): void {
    const before = this.#terms.role;
    this.#terms = terms;
    this.#awaitExpiry();
    if (before !== terms.role) this.#holder.roleChanged(terms.role);
  }

  end(detail: string, rejection: GrantEnd): void {
    if (this.#isReleased) return;
    this.release();
    this.#holder.grantEnded(detail, rejection);
  }

  #awaitExpiry(): void {
    this.#stopExpiry?.();
    const { clock, safely } = this.#surroundings;
    const { expiresAt } = this.#terms;
    if (expiresAt === undefined || this.#isReleased) return;
    const leftMs = Math.max(0, expiresAt - clock.wallTime());
    this.#stopExpiry = clock.after(Math.min(leftMs, LOOK_MS), () => {
      if (clock.wallTime() < expiresAt) this.#awaitExpiry();
      else safely(() => this.end('expired', 'unauthorized'));
    });
  }
}

function addTo<Each>(sets: Map<DocumentId, Set<Each>>, document: DocumentId, each: Each): void {
  const set = sets.get(document);
  if (set === undefined) sets.set(document, new Set([each]));
  else set.add(each);
}

function removeFrom<Each>(sets: Map<DocumentId, Set<Each>>, document: DocumentId, each: Each): void {
  const set = sets.get(document);
  set?.delete(each);
  if (set?.size === 0) sets.delete(document);
}
