import { REJECTIONS, type RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { encodeEvent } from './event-stream-framing';

export type StreamKind = 'presence' | 'stream';

/** Says in a stream that has begun what a status says before: why it, or one part of it, does not go on. */
export function refusedEvent(document: DocumentId, kind: StreamKind, rejection: RejectionName): Buffer {
  const { reason, comeBack } = REJECTIONS[rejection];
  return encodeEvent({ type: 'refused', data: { document, kind, error: rejection, reason, comeBack } });
}
