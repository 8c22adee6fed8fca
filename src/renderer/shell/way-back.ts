/**
 * What leads back to a document that was forgotten (pure).
 *
 * R1  Nothing is called a way back that opens nothing: an address alone does so only where no key was ever needed, and a key that
 *     its relay has not heard of, or refuses, nowhere.
 */
import { browserAddress, type DocumentAddress } from '../../shared/protocol/links';
import type { Key } from '../documents/keyring';

export type WayBack =
  /** Everyone who knows the address gets in. */
  | { readonly type: 'address' }
  /** This is to be kept: `isOwn` makes its holder the owner again. */
  | { readonly type: 'link'; readonly link: string; readonly isOwn: boolean }
  /** Another link, if somebody gives one. */
  | { readonly type: 'ask' }
  /** Nobody can give anything: it is nowhere but on this device. */
  | { readonly type: 'none' };

/** @param key of this device, if it has one. @param access as far as it is known. */
export function wayBackTo(address: DocumentAddress, key: Key | undefined, access: 'open' | 'links' | 'unknown'): WayBack {
  if (access === 'open' || (key === undefined && access === 'unknown')) return { type: 'address' };
  if (key === undefined || key.isRefused === true) return { type: 'ask' };
  const link = (secret: string, isOwn: boolean): WayBack => ({ type: 'link', link: browserAddress({ ...address, secret }), isOwn });
  if (key.isOwner) return key.isUnclaimed ? { type: 'none' } : link(key.secret, true);
  // A token of some application has dots: it is handed out anew there.
  return key.link === undefined || key.link.includes('.') ? { type: 'ask' } : link(key.link, false);
}

export function wayBackWords(way: WayBack): string {
  switch (way.type) {
    case 'address':
      return 'What it has stays there, and the document’s address opens it again.';
    case 'link':
      return way.isOwn
        ? 'What it has stays there, but you cannot open it again unless you kept a link.'
        : 'What it has stays there, and the link that you came by opens it again as long as its owner lets it.';
    case 'ask':
      return 'What it has stays there, but you need a link from its owner to open it again.';
    case 'none':
      return 'Its relay has nothing of it yet, so nothing brings it back.';
  }
}
