/**
 * What access needs to have kept: who owns a document, its links, and who came by them. Beside the other ports, because stores
 * import nothing above the rooms.
 */
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';

/** SHA-256 in base64url: 43 characters. */
export type SecretHash = string & { readonly __secretHash: true };

/** What a secret stands for, found by its hash. */
export type SecretRecord =
  | { readonly type: 'owner' }
  | { readonly type: 'link'; readonly link: string }
  /** Got for the secret of a link, which decides its role, its expiry and its end. */
  | { readonly type: 'personal'; readonly link: string; readonly name: string };

export interface LinkRecord {
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  /** Milliseconds since 1970, as are all times here. */
  readonly createdAt: number;
  /** `null`: never. */
  readonly expiresAt: number | null;
  /** How often its secret was exchanged for a personal one. */
  readonly uses: number;
  /** `null`: as often as people like, and the secret works directly. */
  readonly mostUses: number | null;
  readonly isRevoked: boolean;
  /** The latest who came by it, oldest first. */
  readonly arrivals: readonly Arrival[];
  readonly secret: SecretHash;
}

export interface Arrival {
  /** Empty when nobody said. */
  readonly name: string;
  readonly at: number;
}

export interface AccessChanges {
  readonly links?: readonly LinkRecord[];
  readonly secrets?: readonly (readonly [SecretHash, SecretRecord])[];
}

/**
 * Keeps the access records of documents. Contract (test/contract/link-store.ts):
 *
 * R1  Whatever changes is on disk when the call resolves (where there is one), all of it or nothing.
 * R2  Records belong to one document: a secret's hash says nothing in another.
 * R3  Removing a link removes its secret and every personal secret that came of it.
 * R4  Removing a document removes everything that is kept of it here, and nothing of another.
 * R5  A record that is not what was written makes the call throw; it never counts as absent.
 */
export interface LinkStore {
  findSecret(document: DocumentId, secret: SecretHash): Promise<SecretRecord | undefined>;
  findLink(document: DocumentId, link: string): Promise<LinkRecord | undefined>;
  /** In no order. */
  listLinks(document: DocumentId): Promise<LinkRecord[]>;
  /** Whether anything is kept of the document: whether it has an owner. */
  has(document: DocumentId): Promise<boolean>;
  /** Every document of which anything is kept. */
  listDocuments(): AsyncIterable<DocumentId>;
  write(document: DocumentId, changes: AccessChanges): Promise<void>;
  removeLink(document: DocumentId, link: string): Promise<void>;
  removeDocument(document: DocumentId): Promise<void>;
}
