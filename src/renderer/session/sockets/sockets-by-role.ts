import type { OpenSocket } from '../socket';
import { BlockedRelays, type BlockedRelaysParts } from './blocked-relays';
import { HttpSocket, type HttpSocketParts } from './http-socket';
import { LadderSocket } from './ladder-socket';
import { ReaderSocket } from './reader-socket';

export type SocketParts = BlockedRelaysParts & HttpSocketParts;

/** What opens the sockets of a page: whoever may write gets the best that works, whoever may not has no way up at all. */
export function socketsByRole(parts: SocketParts): OpenSocket {
  const blocked = new BlockedRelays(parts);
  const openHttp: OpenSocket = (request) => new HttpSocket(request, parts);
  return (request) =>
    request.role === 'viewer' ? new ReaderSocket(request, parts) : new LadderSocket(request, { ...parts, openHttp, blocked });
}
