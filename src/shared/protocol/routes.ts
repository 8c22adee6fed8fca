/** Document ids and the relay's addresses, as both sides write them. */

/** 1–128 characters that need no escaping in a URL (RFC 3986, section 2.3: unreserved). */
export type DocumentId = string & { readonly __documentId: true };

const DOCUMENT_ID = /^[A-Za-z0-9._~-]{1,128}$/;
const DOTS_ONLY = /^\.{1,2}$/;

/** One path segment, already percent-decoded. `undefined` when it breaks the grammar. `.` and `..` are path steps, not ids. */
export function parseDocumentId(segment: string): DocumentId | undefined {
  return DOCUMENT_ID.test(segment) && !DOTS_ONLY.test(segment) ? (segment as DocumentId) : undefined;
}

/** 22 base64url characters of 128 random bits: unguessable, so knowing one is the right to open it under open access. */
export function newDocumentId(random: (bytes: number) => Uint8Array): DocumentId {
  return base64url(random(16)) as DocumentId;
}

export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export const HEALTH_PATH = '/health';

/** The service worker that keeps the page for when the relay is away. Its place is what it may answer for: all pages. */
export const PAGE_KEEPER_PATH = '/page-keeper.js';

/** The page of a document in a browser. */
export function documentPath(id: DocumentId): string {
  return `/d/${id}`;
}

/** The id in the path of a document's page, `/d/<id>`; percent-escapes are decoded once. */
export function documentIdInPath(path: string): DocumentId | undefined {
  const match = /^\/d\/([^/]+)\/?$/.exec(path);
  if (match?.[1] === undefined) return undefined;
  try {
    return parseDocumentId(decodeURIComponent(match[1]));
  } catch {
    return undefined;
  }
}

/** `http(s)://host` → `ws(s)://host`: what y-websocket wants; the document id becomes the path. */
export function webSocketBase(relayOrigin: string): string {
  return relayOrigin.replace(/^http/, 'ws');
}

/** Milliseconds. */
export interface EventLoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'ok' | 'failing';
  /** Random, made with the data folder: the same relay after a restart or under another address. */
  readonly relay: string;
  readonly version: string;
  readonly checks: Readonly<Record<string, 'ok' | string>>;
  /** How long things had to wait for the relay in the last minute or two, for people who run it; older relays do not say. */
  readonly eventLoop?: EventLoopDelay;
  /** What a client should know before it sends. Bytes. */
  readonly limits: { readonly documentBytes: number };
  /** False for `--store memory`: nothing is ever called saved. */
  readonly durable: boolean;
  /** `open`: whoever knows a document's id may edit it. `links`: nobody gets in without a secret. */
  readonly access: 'open' | 'links';
  /** Who may make documents: anyone who reaches the relay, or whoever has its key. */
  readonly creators: 'anyone' | 'key';
}
