/** Who is one and the same on the network, for counting. */
import { isIPv6 } from 'node:net';

/** Of this machine alone. Takes `localhost` too: what people write where an address is meant. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address);
}

/** An IPv6 customer owns a whole /64, so that is one address. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address === '::1' || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}
