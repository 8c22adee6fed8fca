/**
 * Where a request comes from: the one place that says so, for all that counts or tells by address.
 *
 * R1  From the other end of its connection, unless that is a proxy that was named: anybody can write an `X-Forwarded-For`.
 * R2  Behind proxies that were named, from the right-most hop that is none of them: each adds whom it heard from at the right end,
 *     and what stands further left came with the request.
 * R3  A hop that is no address (`unknown`) says nothing: it is the last one that is known.
 * R4  IPv4 within IPv6 is the IPv4 address, however the relay listens.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** All addresses that begin with the same bits; one alone has them all. */
export interface Network {
  readonly address: string;
  readonly bits: number;
}

/** What of a request tells where it is from: of HTTP/1.1, HTTP/2, or an upgrade. */
export interface Caller {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

export class ClientAddresses {
  readonly #proxies = new BlockList();

  /** @param proxies whose word is taken; none: nobody's. */
  constructor(proxies: readonly Network[]) {
    for (const { address, bits } of proxies) this.#proxies.addSubnet(address, bits, familyOf(address));
  }

  /** An IP address; empty when the connection is gone. */
  of({ socket, headers }: Caller): string {
    let known = plain(socket.remoteAddress ?? '');
    const { 'x-forwarded-for': forwarded = '' } = headers;
    const hops = String(forwarded).split(',');
    while (hops.length > 0 && this.#isProxy(known)) {
      const hop = addressIn(hops.pop() ?? '');
      if (hop === undefined) break;
      known = hop;
    }
    return known;
  }

  #isProxy(address: string): boolean {
    return isIP(address) !== 0 && this.#proxies.check(address, familyOf(address));
  }
}

/** `undefined` when it is none (R3). Some proxies say the port too: `1.2.3.4:56`, `[::1]:56`. */
function addressIn(hop: string): string | undefined {
  const [, inBrackets, beforePort] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(hop.trim()) ?? [];
  const address = plain(inBrackets ?? beforePort ?? hop.trim());
  return isIP(address) === 0 ? undefined : address;
}

/** R4 */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
