import { REJECTIONS } from '../../../shared/protocol/rejections';
import type { StreamEnd } from '../../streams/event-stream';
import { CUT_CODE } from './socket-face';

/** Of a refusal by name. A newer relay's reason that is not in our table is final, as it said. */
export function closeCodeOf(error: string): number {
  return Object.hasOwn(REJECTIONS, error) ? REJECTIONS[error as keyof typeof REJECTIONS].closeCode : REJECTIONS.malformed.closeCode;
}

/** How a WebSocket would have been closed where this stream ended. */
export function closeCodeOfEnd(end: StreamEnd): number {
  return end.type === 'refused' ? closeCodeOf(end.error) : CUT_CODE;
}

/** Whether only a relay says this: networks have other codes. */
export function isOfRelay(closeCode: number): boolean {
  return Object.values(REJECTIONS).some((rejection) => rejection.closeCode === closeCode);
}
