/**
 * Which requests to change the protocol are for WebSocket.
 *
 * R1  Whatever else is offered is declined by not taking it (RFC 9110, section 7.8): the request is answered as if nothing had been
 *     offered. Some HTTP clients offer HTTP/2 with whatever they ask over plain HTTP (`h2c`), and expect just that.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

export interface Upgrades {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export function listenToUpgrades(server: Server, webSockets: Upgrades): void {
  server.on('upgrade', (request, socket, head) => {
    if (offers(request.headers.upgrade).includes('websocket')) webSockets.upgrade(request, socket, head);
    else askAgain(server, request, socket, head);
  });
}

/** R1: Node has stopped reading at the end of the head, so the request is read once more, without the offer. */
function askAgain(server: Server, request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2);
    const kept = withoutOffer(name, value);
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), rest]));
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

/** What is left of a header; empty when nothing is. */
function withoutOffer(name: string, value: string): string {
  switch (name.toLowerCase()) {
    case 'upgrade':
    case 'http2-settings':
      return '';
    case 'connection':
      return offers(value)
        .filter((token) => token !== 'upgrade' && token !== 'http2-settings')
        .join(', ');
    default:
      return value;
  }
}

function offers(header = ''): string[] {
  return header.split(',').map((token) => token.trim().toLowerCase());
}
