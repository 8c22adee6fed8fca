import type { DocumentAddress } from '../../shared/protocol/links';
import type { Role } from '../../shared/protocol/roles';

/** What lets this device into a document. */
export interface Key {
  /** Comes with every connection: the owner's, a personal one, a token, or a link's that needs no exchange. */
  readonly secret: string;
  /** Made here, for a document that began here and that its relay has not heard of yet. */
  readonly isUnclaimed: boolean;
  /** The secret of the link by which this device came: what can be passed on. */
  readonly link: string | undefined;
  /** As the relay said last: what holds until it says something else. */
  readonly role: Role;
  readonly isOwner: boolean;
}

export type KeyPlace = Pick<DocumentAddress, 'relay' | 'document'>;

/** The secrets of this device. They stay on it: nothing here is ever part of an address, a log or an export. */
export interface Keyring {
  find(place: KeyPlace): Promise<Key | undefined>;
  /** Resolves when it is on the disk. Rejects when it cannot be kept. */
  keep(place: KeyPlace, key: Key): Promise<void>;
  /** With all secrets of links that were made here. */
  forget(place: KeyPlace): Promise<void>;
  /** Secrets of links that this device made, by the link's id: the relay says them only once. */
  linkSecrets(place: KeyPlace): Promise<ReadonlyMap<string, string>>;
  keepLinkSecret(place: KeyPlace, link: string, secret: string): Promise<void>;
  /** The key of a relay, for making documents there. */
  relayKey(relay: string): Promise<string | undefined>;
  keepRelayKey(relay: string, key: string): Promise<void>;
}
