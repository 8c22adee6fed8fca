/** The app's own scheme and origin: the one place that everything else is refused by. */
import { browserAddress, parseAddress } from '../shared/protocol/links';

export const APP_SCHEME = 'app';
export const APP_ORIGIN = 'app://weft';

/** Whether an address is a page of this app: by its parts, never by how its text starts. */
export function isAppUrl(address: string): boolean {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  return url.protocol === 'app:' && url.host === 'weft' && url.username === '' && url.password === '';
}

/** The document that a window's page is on, by its address, without its secret. */
export function documentInPage(address: string): string | undefined {
  const open = isAppUrl(address) ? new URL(address).searchParams.get('open') : null;
  return open === null ? undefined : withoutSecret(open);
}

/** A document's address in the form that pages have, without its secret: the name by which documents are told apart here. */
export function documentIn(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed === undefined ? undefined : browserAddress({ ...parsed, secret: '' });
}

export function withoutSecret(address: string): string {
  return address.split('#', 1)[0] ?? '';
}
