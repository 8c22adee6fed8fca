/**
 * Reads the bodies of `POST /feeds` and `PATCH /feeds`: what one stream is to carry, and to carry no more. Pure.
 *
 * R1  What is accepted has a known shape and a bounded size; nothing of it is sent back.
 * R2  A document is there once of each kind at most.
 */
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import { isPartKind, type PartKind } from './part-events';
import { RefusedRequest } from './refused-request';

/** Which part of a feed is meant. */
export interface PartName {
  readonly document: DocumentId;
  readonly kind: PartKind;
}

export interface FeedPart extends PartName {
  /** Instead of the one in the request's header. */
  readonly secret: string | undefined;
  readonly lastEventId: string | undefined;
}

export interface FeedChange {
  readonly add: readonly FeedPart[];
  /** Done first, so that a part can be begun anew in one request. */
  readonly remove: readonly PartName[];
}

/** Parts of one feed. */
export const MOST_PARTS = 200;
const LONGEST_SECRET = 8 * 1024;
const LONGEST_EVENT_ID = 64;

/** @throws {Rejected} `malformed` or `too-large`, with a sentence. So do all below. */
export function parseFeed(body: unknown): FeedPart[] {
  const parts = readList(body, 'The body has to be a JSON array of parts.').map(readPart);
  if (parts.length === 0) throw new RefusedRequest('malformed', 'A feed begins with at least one part.');
  if (new Set(parts.map(keyOfPart)).size < parts.length) throw partTwice();
  return parts;
}

export function parseFeedChange(body: unknown): FeedChange {
  const fields = readFields(body, CHANGE);
  if (!Object.keys(fields).every((name) => name === 'add' || name === 'remove')) throw new RefusedRequest('malformed', CHANGE);
  const { add = [], remove = [] } = fields;
  const change = { add: readList(add, CHANGE).map(readPart), remove: readList(remove, CHANGE).map(readName) };
  if (new Set(change.add.map(keyOfPart)).size < change.add.length) throw partTwice();
  return change;
}

/** One for each part that a feed can have. */
export function keyOfPart({ document, kind }: PartName): string {
  return `${kind} ${document}`;
}

export function partTwice(): RefusedRequest {
  return new RefusedRequest('malformed', 'A document may be in a feed only once of each kind; remove that part first.');
}

export function tooManyParts(): RefusedRequest {
  return new RefusedRequest('too-large', `One feed may have ${MOST_PARTS} parts at most.`);
}

const CHANGE = 'The body has to be {"add"?: [parts], "remove"?: [{"document", "kind"}]}.';
const PART = 'Each part has to be {"document", "kind": "presence", "stream" or "writer", "secret"?, "lastEventId"?}.';

function readList(value: unknown, expected: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new RefusedRequest('malformed', expected);
  if (value.length > MOST_PARTS) throw tooManyParts();
  return value;
}

function readPart(value: unknown): FeedPart {
  const { secret, lastEventId } = readFields(value, PART);
  return { ...readName(value), secret: readText(secret, LONGEST_SECRET), lastEventId: readEventId(lastEventId) };
}

function readName(value: unknown): PartName {
  const { document, kind } = readFields(value, PART);
  const id = typeof document === 'string' ? parseDocumentId(document) : undefined;
  if (id === undefined || !isPartKind(kind)) throw new RefusedRequest('malformed', PART);
  return { document: id, kind };
}

/** An id that cannot be one of ours is an unknown one, and no error. */
function readEventId(value: unknown): string | undefined {
  const id = value === null ? undefined : readText(value, Number.POSITIVE_INFINITY);
  return id === undefined || id.length > LONGEST_EVENT_ID ? undefined : id;
}

function readText(value: unknown, longest: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > longest) throw new RefusedRequest('malformed', PART);
  return value;
}

function readFields(value: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RefusedRequest('malformed', expected);
  return { ...value };
}
