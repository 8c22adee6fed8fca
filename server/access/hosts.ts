/**
 * Whether a request came to a name that the relay goes by. A page of a foreign site can point its own name at a
 * loopback address (DNS rebinding): the browser then lets it read the answers, and only the Host header tells.
 */
import { isIP } from 'node:net';

/** Names besides IP literals and `localhost`; lower case, without a port. */
export type OwnNames = ReadonlySet<string>;

/** @param hostname of this machine, as the system gives it. @param publicUrl what people reach the relay by, if set. */
export function ownNames(hostname: string, publicUrl: string | undefined): OwnNames {
  const names = new Set(['localhost']);
  const machine = hostname.toLowerCase();
  const short = machine.split('.')[0] ?? machine;
  for (const name of [machine, short, `${short}.local`]) if (name !== '' && name !== '.local') names.add(name);
  if (publicUrl !== undefined) names.add(new URL(publicUrl).hostname);
  return names;
}

/** What of a request tells for whom it is. */
export interface Addressed {
  readonly url?: string | undefined;
  readonly headers: { readonly host?: string | undefined; readonly [name: string]: string | string[] | undefined };
}

/**
 * The name that a request is for. A target in absolute form (`GET http://name/path`, as to a proxy) overrides the Host
 * header (RFC 9112, section 3.2.2). Over HTTP/2 it is `:authority`, and a Host header that says something else makes it
 * nobody's (RFC 9113, section 8.3.1).
 */
export function requestedHost({ url, headers }: Addressed): string | undefined {
  const { ':authority': authority, host } = headers;
  if (typeof authority === 'string' && host !== undefined && host !== authority) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url ?? '')?.[1] ?? (typeof authority === 'string' ? authority : host);
}

/** `host` is the header as received: `name`, `name:port`, `1.2.3.4:port` or `[::1]:port` (RFC 9110, section 7.2). */
export function isOwnHost(host: string | undefined, names: OwnNames): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? '');
  if (match === null) return false;
  if (match[1] !== undefined) return isIP(match[1]) === 6;
  const name = (match[2] ?? '').toLowerCase();
  return isIP(name) === 4 || names.has(name);
}
