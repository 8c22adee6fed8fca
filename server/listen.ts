/** Opens the relay's port, or says in one sentence why it cannot be opened. */
import { isIPv6, type Server } from 'node:net';
import { StartError } from './storage/start-error';

export interface Endpoint {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Resolves with the address that opens in a browser on this machine. @throws {StartError} */
export async function listen(server: Server, { scheme, host, port }: Endpoint): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(new StartError(whyNot(error, host, port)));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const bound = server.address();
  return addressOf({ scheme, host, port: typeof bound === 'object' && bound !== null ? bound.port : port });
}

/** Every address at once is none that could be opened: loopback is among them. */
function addressOf({ scheme, host, port }: Endpoint): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `${scheme}://${name}:${port}`;
}

function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program; end that, or choose another port with --port (0 picks a free one).`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}; give --host one that it has, 127.0.0.1 for this machine alone or 0.0.0.0 for all.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `No machine is called ${host}; give --host an address of this machine, such as 127.0.0.1.`;
    case 'EACCES':
      return `Opening port ${port} is not permitted here; choose one above 1023 with --port.`;
    default:
      return `Port ${port} on ${host} cannot be opened (${message}); choose others with --host and --port.`;
  }
}
