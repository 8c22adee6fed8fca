/**
 * What a reader has to say: that it is still there. A line that went dead without a word looks alive from the relay for
 * many minutes, and so would the person at its end.
 *
 * R1  Every heartbeat of the relay is answered by an empty POST. No timer of ours: those of a page in the background come
 *     once a minute, which is too late for a relay that waits 35 seconds.
 * R2  A relay that does not know the connection has ended it, whatever the stream looks like from here.
 * R3  The way is alive when the relay answers such a POST and the stream was heard a heartbeat ago at the most: the POST has
 *     a connection of its own.
 */
import type { DocumentId } from '../../shared/protocol/routes';
import { framesPath } from '../../shared/protocol/streams';
import type { StreamParts } from './event-reader';
import { askRelay } from './relay-request';
import { authorization } from './stream-headers';

/** Until the next heartbeat, at which it is tried again. */
const ANSWER_MS = 10_000;
/** The time between two heartbeats, and what one may be late. */
const RECENT_MS = 20_000;

export interface ReaderConnection {
  readonly relay: string;
  /** One of those that it reads. */
  readonly document: DocumentId;
  readonly secret: string | undefined;
  /** As the relay calls it. */
  readonly connection: string;
}

/** Resolves with what became of it; never rejects. */
export async function giveSignOfLife(
  { relay, document, secret, connection }: ReaderConnection,
  parts: StreamParts,
  signal: AbortSignal,
): Promise<'known' | 'over' | 'no answer'> {
  const request = {
    url: `${relay}${framesPath(document)}`,
    method: 'POST',
    headers: { ...authorization(secret), 'Weft-Connection': connection },
  } as const;
  const answer = await askRelay(request, { ...parts, ms: ANSWER_MS, signal });
  if (answer?.status === 204) return 'known';
  return answer?.status === 404 && answer.said?.error === 'not-found' ? 'over' : 'no answer';
}

/** R3. @param quietMs since the stream was heard. */
export function isRecent(quietMs: number): boolean {
  return quietMs <= RECENT_MS;
}
