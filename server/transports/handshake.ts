/**
 * What a WebSocket handshake asks for, and how it is refused before it is one (RFC 6455, section 4).
 *
 * R1  The document id is the one segment of the path, percent-decoded once; what breaks the grammar is nobody's address.
 * R2  The answer names `weft.v1` or `weft.plain`, whichever was offered first, and never a secret.
 * R3  A secret needs one of the two beside it, because there would be nothing to answer.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { SUBPROTOCOL_PLAIN, SUBPROTOCOL_SECRET_PREFIX, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { REJECTIONS, type RejectionName } from '../../src/shared/protocol/rejections';
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';

export const SECRET_ALONE = `A secret needs ${SUBPROTOCOL_WEFT} or ${SUBPROTOCOL_PLAIN} beside it as a sub-protocol.`;

export function documentIdOfUpgrade(url: string | undefined): DocumentId | undefined {
  const segment = /^\/([^/?#]+)(?:\?.*)?$/.exec(url ?? '')?.[1];
  if (segment === undefined) return undefined;
  try {
    return parseDocumentId(decodeURIComponent(segment));
  } catch {
    // Not percent-encoding: no id either.
    return undefined;
  }
}

/** @param offered what the client lists, in its order. False when there is nothing to answer: a stock client. */
export function answeredProtocol(offered: Iterable<string>): string | false {
  for (const protocol of offered) if (protocol === SUBPROTOCOL_WEFT || protocol === SUBPROTOCOL_PLAIN) return protocol;
  return false;
}

/** @param header `Sec-WebSocket-Protocol` as received. */
export function isSecretAlone(header: string | undefined): boolean {
  const offered = (header ?? '').split(',').map((protocol) => protocol.trim());
  return offered.some((protocol) => protocol.startsWith(SUBPROTOCOL_SECRET_PREFIX)) && answeredProtocol(offered) === false;
}

export interface Refusal {
  readonly rejection: RejectionName;
  /** Instead of the table's. */
  readonly reason?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every refused request reads, of whatever kind it is. */
export function refusalBody({ rejection, reason }: Refusal): string {
  return JSON.stringify({ error: rejection, reason: reason ?? REJECTIONS[rejection].reason });
}

/** Answers with plain HTTP and lets go of the socket. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const httpStatus = refusal.status ?? REJECTIONS[refusal.rejection].httpStatus;
  const body = refusalBody(refusal);
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Content-Type-Options': 'nosniff',
    ...refusal.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
