/** A line between a client and the relay that takes its time: a TCP proxy that delivers every byte later, in order. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface SlowLine {
  /** `ws://127.0.0.1:<port>` */
  readonly webSocketAddress: string;
  /** Stops delivering without closing anything, like a cable that was pulled. */
  cut(): void;
  close(): Promise<void>;
}

/** @param delayMs each way. */
export async function openSlowLine(port: number, delayMs: number): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk) => {
      setTimeout(() => {
        if (!isCut && to.writable) to.write(chunk);
      }, delayMs);
    });
    from.on('close', () => {
      sockets.delete(from);
      setTimeout(() => {
        if (!isCut) to.destroy();
      }, delayMs);
    });
    from.on('error', () => from.destroy());
  };
  const server: Server = createServer((client) => {
    const relay = connect(port, '127.0.0.1');
    carry(client, relay);
    carry(relay, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    webSocketAddress: `ws://127.0.0.1:${portOf(server.address())}`,
    cut: () => {
      isCut = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}
