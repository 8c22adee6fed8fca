/** What the relay and its clients say to each other over HTTP about who may get in. JSON; times in milliseconds since 1970. */
import type { Role } from './roles';
import type { DocumentId } from './routes';

export const DOCUMENTS_PATH = '/documents';

/** `GET`: {@link Membership}. `DELETE`: the owner alone. */
export function documentResource(id: DocumentId): string {
  return `${DOCUMENTS_PATH}/${id}`;
}

/** `GET`: {@link Links}. `POST` of a {@link LinkDraft}: {@link NewLink}. The owner alone. */
export function linksPath(id: DocumentId): string {
  return `${documentResource(id)}/links`;
}

/** `PATCH` of a {@link LinkChange}: {@link Link}. `DELETE`. The owner alone. */
export function linkPath(id: DocumentId, link: string): string {
  return `${linksPath(id)}/${link}`;
}

/** `POST` of a {@link JoinRequest}, with the secret of a link: {@link Joined}. */
export function joinPath(id: DocumentId): string {
  return `${documentResource(id)}/join`;
}

/** The body of `POST /documents`; all of it may be left out. */
export interface DocumentDraft {
  /** An id of the asker's choice: a document that began without the relay, or before it had owners. */
  readonly document?: DocumentId;
  /**
   * The owner's secret, made by the asker: 32 random bytes in base64url. Then the same request may be repeated, whatever became
   * of its first answer; it needs a `document`.
   */
  readonly secret?: string;
}

/** The answer to `POST /documents`: the secret is said this once. */
export interface NewDocument {
  readonly document: DocumentId;
  /** The owner's: whoever has it may edit, manage links and delete the document. */
  readonly secret: string;
}

/** What the secret that came along stands for. */
export interface Membership {
  readonly document: DocumentId;
  readonly role: Role;
  readonly isOwner: boolean;
  readonly name?: string;
  /** Connections end then. */
  readonly expiresAt?: number;
}

export interface Link {
  /** Not its secret: which link is meant. */
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  readonly createdAt: number;
  /** `null`: never. */
  readonly expiresAt: number | null;
  /** How many people came by it. */
  readonly uses: number;
  /** `null`: as many as like to. */
  readonly mostUses: number | null;
  readonly isRevoked: boolean;
  /** The latest who came by it, oldest first. */
  readonly arrivals: readonly { readonly name: string; readonly at: number }[];
}

export interface Links {
  readonly links: readonly Link[];
}

export interface NewLink {
  readonly link: Link;
  /** Said this once: the relay keeps only its hash. */
  readonly secret: string;
}

export interface LinkDraft {
  readonly role: Role;
  readonly label?: string;
  readonly expiresAt?: number | null;
  readonly mostUses?: number | null;
}

/** What is left out stays. Revoking is for ever; another limit of uses is another link. */
export interface LinkChange {
  readonly role?: Role;
  readonly label?: string;
  readonly expiresAt?: number | null;
  readonly isRevoked?: true;
}

export interface JoinRequest {
  /** Shown to the owner. */
  readonly name?: string;
  /** The personal secret, made by the asker: then the same request may be repeated, and is one use, whatever became of its first answer. */
  readonly secret?: string;
}

/** The device keeps the secret, and comes with it from then on. */
export interface Joined extends Membership {
  readonly secret: string;
}
