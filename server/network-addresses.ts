/**
 * Where others on the network find a relay that listens on every address of its machine: the one it prints is for this machine. Pure.
 *
 * R1  IPv4 first, which people can read out to each other; addresses of a cable alone (link-local) are nobody's to type.
 */
import { isIPv6 } from 'node:net';

/** What `os.networkInterfaces()` tells of each address. */
export interface InterfaceAddress {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly internal: boolean;
}

export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;

/** One sentence; `undefined` where the printed address says it. @param address as printed: `http://127.0.0.1:4321`. */
export function whereOthersFind(address: string, host: string, interfaces: Interfaces): string | undefined {
  if (host !== '0.0.0.0' && host !== '::') return undefined;
  const { protocol, port } = new URL(address);
  const names = addressesOf(interfaces)
    .filter((name) => host === '::' || !isIPv6(name))
    .map((name) => `${protocol}//${isIPv6(name) ? `[${name}]` : name}${port === '' ? '' : `:${port}`}`);
  return names.length === 0
    ? 'Others cannot reach it yet: this machine is on no network.'
    : `Others on the network reach it at ${names.join(' or ')}.`;
}

/** R1 */
function addressesOf(interfaces: Interfaces): string[] {
  const outward = Object.values(interfaces).flatMap((each) => each?.filter(({ internal }) => !internal) ?? []);
  const of = (family: InterfaceAddress['family']): string[] =>
    outward.filter((each) => each.family === family && !/^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(each.address)).map((each) => each.address);
  return [...of('IPv4'), ...of('IPv6')];
}
