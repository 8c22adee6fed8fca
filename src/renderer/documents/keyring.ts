import type { DocumentAddress } from '../../shared/protocol/links';
import type { Role } from '../../shared/protocol/roles';

/** What lets this device into a document. */
export interface Key {
  /** Comes with every connection: the owner's, a personal one, a token, or a link's that needs no exchange. */
  readonly secret: string;
  /**
   * Made here, and its relay may not have heard of it yet: an owner's for a document that began here, or, with a `link`, a
   * personal one that the link is being exchanged for.
   */
  readonly isUnclaimed: boolean;
  /** The secret of the link by which this device came: what can be passed on. */
  readonly link: string | undefined;
  /** As the relay said last: what holds until it says something else. */
  readonly role: Role;
  readonly isOwner: boolean;
  /** The relay said that it opens nothing any more. Whoever opens the document asks again; nobody else does. */
  readonly isRefused?: boolean;
}

/**
 * `relay`: its origin, or its id. What belongs to an origin belongs to the relay that was met there: a relay that moves keeps
 * its keys, and another one at the same address gets none of them.
 */
export type KeyPlace = Pick<DocumentAddress, 'relay' | 'document'>;

/**
 * The secrets of this device. They stay on it: nothing here is ever part of an address, a log or an export. What cannot be
 * read is not there; what cannot be kept rejects.
 */
export interface Keyring {
  find(place: KeyPlace): Promise<Key | undefined>;
  /** Resolves when it is on the disk. */
  keep(place: KeyPlace, key: Key): Promise<void>;
  /** Resolves with the key that is on the disk then: the one that was there, or else this one. For keys that are made here. */
  keepFirst(place: KeyPlace, key: Key): Promise<Key>;
  /** The relay refuses this secret: noted if it is still the one that is kept. */
  noteRefused(place: KeyPlace, secret: string): Promise<void>;
  /** With all secrets of links that were made here. */
  forget(place: KeyPlace): Promise<void>;
  /** Secrets of links that this device made, by the link's id: the relay says them only once. */
  linkSecrets(place: KeyPlace): Promise<ReadonlyMap<string, string>>;
  keepLinkSecret(place: KeyPlace, link: string, secret: string): Promise<void>;
  /** The key of a relay, for making documents there. `relay`: as in {@link KeyPlace}. */
  relayKey(relay: string): Promise<string | undefined>;
  keepRelayKey(relay: string, key: string): Promise<void>;
}
