/**
 * What one request says to a feed. Pure.
 *
 * R1  A body stays within what relays read, so some parts may have to wait for the next request.
 * R2  A name and a colour are in the head of the request, for all readers that it adds: readers that say something else wait.
 * R3  Every part that is added is removed first: a request that is repeated, or that nobody knows the fate of, does no harm.
 */
import type { StreamRequest } from './event-stream';
import type { FeedPart, PartKind } from './feed-part';
import { readerHeaders, sendableId } from './stream-headers';

/** Relays read 64 KiB, and 200 parts. */
const MOST_CHARACTERS = 48 * 1024;
const MOST_NAMES = 200;

/** Which part is meant. */
export interface PartName {
  readonly document: string;
  readonly kind: PartKind;
}

export interface Batch {
  /** What is in it of the parts that were wanted. */
  readonly parts: readonly FeedPart[];
  readonly removed: readonly PartName[];
  readonly headers: Readonly<Record<string, string>>;
  /** Of the request that opens a feed: the parts alone. */
  readonly opening: string;
  readonly change: string;
}

export function batchOf(wanted: readonly FeedPart[], removals: readonly PartName[]): Batch {
  const removed = removals.slice(0, MOST_NAMES);
  const parts: FeedPart[] = [];
  const add: object[] = [];
  let reader: StreamRequest['reader'];
  let characters = JSON.stringify(removed).length;
  for (const part of wanted) {
    if (part.kind === 'stream' && reader !== undefined && !isSame(reader, part.reader)) continue;
    const { document, kind, secret } = part;
    // The longest id that can be sent counts, whatever it will be.
    characters += JSON.stringify({ document, kind, secret }).length + 2 * JSON.stringify({ document, kind }).length + 100;
    if (parts.length > 0 && (characters > MOST_CHARACTERS || removed.length + parts.length === MOST_NAMES)) break;
    if (part.kind === 'stream') reader = part.reader;
    parts.push(part);
    const lastEventId = sendableId(part.askFor());
    add.push({ document, kind, ...(secret === undefined ? {} : { secret }), ...(lastEventId === undefined ? {} : { lastEventId }) });
  }
  const remove = [...removed, ...parts.map(({ document, kind }) => ({ document, kind }))];
  return {
    parts,
    removed,
    headers: { 'Content-Type': 'application/json', ...readerHeaders(reader) },
    opening: JSON.stringify(add),
    change: JSON.stringify({ remove, add }),
  };
}

function isSame(one: StreamRequest['reader'], other: StreamRequest['reader']): boolean {
  return one?.name === other?.name && one?.color === other?.color;
}
