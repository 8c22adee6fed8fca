/**
 * Which document the page's own address means, and which address a document gives the page (pure).
 *
 * In a browser: `/d/<id>` at the relay that served the page. In the app: `app://weft/?open=<address>`.
 */
import { browserAddress, type DocumentAddress, parseAddress } from '../../shared/protocol/links';
import { documentIdInPath, documentPath } from '../../shared/protocol/routes';

const OPEN = 'open';

/** `pageRelay`: the relay that served the page; `undefined` in the app. */
export function addressInPage(page: URL, pageRelay: string | undefined): DocumentAddress | undefined {
  if (pageRelay === undefined) {
    const open = page.searchParams.get(OPEN);
    return open === null ? undefined : parseAddress(open);
  }
  const document = documentIdInPath(page.pathname);
  return document === undefined ? undefined : { relay: pageRelay, document, secret: page.hash.slice(1) };
}

/** What goes behind the page's origin; `undefined` for a document that only another relay's page can show. */
export function pagePathFor(address: DocumentAddress | undefined, pageRelay: string | undefined): string | undefined {
  if (address === undefined) return '/';
  if (pageRelay === undefined) return `/?${new URLSearchParams({ [OPEN]: browserAddress(address) })}`;
  if (address.relay !== pageRelay) return undefined;
  return `${documentPath(address.document)}${address.secret === '' ? '' : `#${address.secret}`}`;
}

/** Whether only this computer can reach a relay. */
export function isLoopback(relay: string): boolean {
  const { hostname } = new URL(relay);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname.startsWith('127.') || hostname === '[::1]';
}

export function isSameDocument(one: DocumentAddress, other: DocumentAddress): boolean {
  return one.relay === other.relay && one.document === other.document;
}
