/** Where the secret of a request is: in a header, because addresses end up in logs and histories. */
import type { IncomingHttpHeaders } from 'node:http';
import { SUBPROTOCOL_SECRET_PREFIX } from '../../src/shared/protocol/frames';

/** RFC 6750, section 2.1. Empty when it is no bearer's secret; `undefined` when nothing came. */
export function bearerSecret(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1] ?? '';
}

/** Browsers cannot set `Authorization` on a WebSocket; a sub-protocol is the only header that a page has in its hands. */
export function secretOfUpgrade(headers: IncomingHttpHeaders): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const secret = offered.find((protocol) => protocol.startsWith(SUBPROTOCOL_SECRET_PREFIX));
  return secret === undefined ? bearerSecret(headers.authorization) : secret.slice(SUBPROTOCOL_SECRET_PREFIX.length);
}
