/** What a stream that has begun says of the end of what it carries, which a status says before. */
import { REJECTIONS, type RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { encodeEvent } from './event-stream-framing';

/** Who is there; frames for somebody who reads; frames for somebody who POSTs their own. */
export type PartKind = 'presence' | 'stream' | 'writer';

export function isPartKind(value: unknown): value is PartKind {
  return value === 'presence' || value === 'stream' || value === 'writer';
}

/** The relay does not let it go on. */
export function refusedEvent(document: DocumentId, kind: PartKind, rejection: RejectionName): Buffer {
  const { reason, comeBack } = REJECTIONS[rejection];
  return encodeEvent({ type: 'refused', data: { document, kind, error: rejection, reason, comeBack } });
}

/** The client was not heard of: where a stream of its own would just be cut, a feed goes on. */
export function overEvent(document: DocumentId, kind: PartKind): Buffer {
  return encodeEvent({ type: 'over', data: { document, kind, reason: SILENT } });
}

const SILENT = 'The relay heard nothing of this connection for too long; open it anew.';
