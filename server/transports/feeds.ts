/**
 * Reads the body of `POST /feeds`: which documents one stream is to carry. Pure.
 *
 * R1  What is accepted has a known shape and a bounded size; nothing of it is sent back.
 * R2  A document is there once as presence and once as a stream at most.
 */
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import type { StreamKind } from './refused-event';
import { RefusedRequest } from './refused-request';

export interface FeedPart {
  readonly document: DocumentId;
  readonly kind: StreamKind;
  /** Instead of the one in the request's header. */
  readonly secret: string | undefined;
  readonly lastEventId: string | undefined;
}

/** Documents in one feed. */
export const MOST_PARTS = 200;
const LONGEST_SECRET = 8 * 1024;
const LONGEST_EVENT_ID = 64;

/** @throws {Rejected} `malformed` or `too-large`, with a sentence. */
export function parseFeeds(body: unknown): FeedPart[] {
  if (!Array.isArray(body) || body.length === 0) throw new RefusedRequest('malformed', 'The body has to be a JSON array of documents.');
  if (body.length > MOST_PARTS) throw new RefusedRequest('too-large', `One feed may have ${MOST_PARTS} documents at most.`);
  const parts = body.map(parsePart);
  const known = new Set(parts.map(({ document, kind }) => `${kind} ${document}`));
  if (known.size < parts.length) throw new RefusedRequest('malformed', 'A document may be in a feed only once of each kind.');
  return parts;
}

function parsePart(value: unknown): FeedPart {
  if (typeof value !== 'object' || value === null) throw wrong();
  const { document, kind, secret, lastEventId } = value as Readonly<Record<string, unknown>>;
  const id = typeof document === 'string' ? parseDocumentId(document) : undefined;
  if (id === undefined || (kind !== 'presence' && kind !== 'stream')) throw wrong();
  return { document: id, kind, secret: readText(secret, LONGEST_SECRET), lastEventId: readEventId(lastEventId) };
}

/** An id that cannot be one of ours is an unknown one, and no error. */
function readEventId(value: unknown): string | undefined {
  const id = value === null ? undefined : readText(value, Number.POSITIVE_INFINITY);
  return id === undefined || id.length > LONGEST_EVENT_ID ? undefined : id;
}

function readText(value: unknown, longest: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > longest) throw wrong();
  return value;
}

function wrong(): RefusedRequest {
  return new RefusedRequest(
    'malformed',
    'Each document has to be {"document", "kind": "presence" or "stream", "secret"?, "lastEventId"?}.',
  );
}
