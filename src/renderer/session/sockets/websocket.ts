import { SUBPROTOCOL_SECRET_PREFIX, SUBPROTOCOL_WEFT } from '../../../shared/protocol/frames';
import { webSocketBase } from '../../../shared/protocol/routes';
import type { OpenSocket, Socket } from '../socket';

/** The browser's WebSocket, or what is like it. */
export type WebSocketClass = new (url: string, protocols: string[]) => unknown;

/** Both ways over one WebSocket. The secret is a sub-protocol: the only header that a page has in its hands. */
export function webSocketOpener(SocketClass: WebSocketClass): OpenSocket {
  return ({ relay, document, secret }) => {
    const protocols = secret === undefined ? [SUBPROTOCOL_WEFT] : [SUBPROTOCOL_WEFT, `${SUBPROTOCOL_SECRET_PREFIX}${secret}`];
    return new SocketClass(`${webSocketBase(relay)}/${document}`, protocols) as Socket;
  };
}
