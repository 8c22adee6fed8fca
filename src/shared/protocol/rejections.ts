/**
 * Every reason for which the relay refuses someone: the one table, read by the relay (what to send) and by the client
 * (what to say, whether to come back).
 *
 * R1  Close codes 4400–4499 are final: a stock y-websocket client stops on exactly these, so nothing that may pass uses one.
 * R2  A reason fits into a close frame: at most 123 bytes of UTF-8 (RFC 6455, section 5.5).
 */
export type RejectionName = keyof typeof REJECTIONS;

export interface Rejection {
  /** WebSocket close code (RFC 6455, section 7.4). */
  readonly closeCode: number;
  readonly httpStatus: number;
  /** Whether the same attempt can succeed later, unchanged. */
  readonly comeBack: boolean;
  /** One sentence for a person, with what to do. */
  readonly reason: string;
}

export const REJECTIONS = {
  malformed: { closeCode: 4400, httpStatus: 400, comeBack: false, reason: 'The relay received something it cannot read; update the app.' },
  'other-roots': {
    closeCode: 4400,
    httpStatus: 400,
    comeBack: false,
    reason: 'This relay keeps Y.Texts named content and title only; start it with --documents any for other data.',
  },
  unauthorized: { closeCode: 4401, httpStatus: 401, comeBack: false, reason: 'This link does not open the document; ask for a new one.' },
  forbidden: {
    closeCode: 4403,
    httpStatus: 403,
    comeBack: false,
    reason: 'You may read this document, but not change it; ask its owner for a link that lets you write.',
  },
  'wrong-origin': { closeCode: 4403, httpStatus: 403, comeBack: false, reason: 'This page may not use the relay; allow it with --origin.' },
  'wrong-host': {
    closeCode: 4403,
    httpStatus: 421,
    comeBack: false,
    reason: 'The relay does not go by this name; add it with --public-url.',
  },
  'not-found': {
    closeCode: 4404,
    httpStatus: 404,
    comeBack: false,
    reason: 'There is nothing at this address; check it with whoever gave it to you.',
  },
  'lasting-gap': { closeCode: 4409, httpStatus: 409, comeBack: false, reason: 'This copy no longer fits the document; open it anew.' },
  deleted: {
    closeCode: 4410,
    httpStatus: 410,
    comeBack: false,
    reason: 'Its owner deleted this document; a copy that you have can be shared anew.',
  },
  taken: { closeCode: 4409, httpStatus: 409, comeBack: false, reason: 'This document has an owner already; ask them for a link.' },
  'too-large': {
    closeCode: 4413,
    httpStatus: 413,
    comeBack: false,
    reason: 'This is larger than the relay accepts; your text stays on this device.',
  },
  unreadable: { closeCode: 4500, httpStatus: 500, comeBack: true, reason: 'The relay cannot read this document; its log says why.' },
  unverifiable: {
    closeCode: 4504,
    httpStatus: 503,
    comeBack: true,
    reason: 'The relay cannot check who you are right now; trying again soon.',
  },
  'no-room': {
    closeCode: 4507,
    httpStatus: 503,
    comeBack: true,
    reason: 'The relay could not make room for this right now; trying again soon.',
  },
  full: { closeCode: 4503, httpStatus: 503, comeBack: true, reason: 'Too many people are connected; trying again soon.' },
  'too-fast': { closeCode: 4529, httpStatus: 429, comeBack: true, reason: 'Too many attempts; trying again soon.' },
  restarting: { closeCode: 1012, httpStatus: 503, comeBack: true, reason: 'The relay is restarting; back in a moment.' },
} as const satisfies Record<string, Rejection>;

/** Thrown where someone is refused; mapped to a close frame or an HTTP status at the edge. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
  readonly rejection: RejectionName;

  /** @param detail for the log: what exactly was wrong. Never sent. */
  constructor(rejection: RejectionName, detail?: string) {
    super(detail ?? REJECTIONS[rejection].reason);
    this.rejection = rejection;
  }
}

/** Whether a connection that ended with this code may be tried again. RFC codes (1000–1015) always may, but 1009: too large. */
export function mayComeBack(closeCode: number): boolean {
  return closeCode !== 1009 && !(closeCode >= 4400 && closeCode < 4500);
}

/** The sentence for a close code: the relay's own reason if it sent one, else the table's. */
export function reasonFor(closeCode: number, sent: string): string | undefined {
  if (sent !== '') return sent;
  if (closeCode === 1009) return REJECTIONS['too-large'].reason;
  return Object.values(REJECTIONS).find((rejection) => rejection.closeCode === closeCode)?.reason;
}
