import type { Observable } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Key } from '../documents/keyring';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { findDocument } from './copy-keeper';
import type { DoorOptions } from './door';
import type { FirstContent } from './first-content';
import type { HeldDocumentOptions } from './held-document';
import { type FoundOnDevice, Session } from './session';
import type { SessionStatus } from './status';

/** One open document and its connection. Rules: see session.ts. */
export interface DocumentSession {
  /** Without a secret from when that is kept on this device. */
  readonly address: DocumentAddress;
  readonly replica: Observable<Replica>;
  readonly status: Observable<SessionStatus>;
  /** The relay's id, or its origin as long as it was never reached: where the offline copy lies. */
  readonly relayId: string;
  /** Set when the document was replaced and the text differed: offered as a copy. */
  readonly keptText: Observable<KeptText | undefined>;
  /**
   * The key by which this device gets in, from when it is on the disk: then no secret is needed in the page's address any more.
   * Stays `undefined` where nothing can be kept, and under open access.
   */
  readonly keptKey: Observable<Key | undefined>;
  /**
   * By what the relay let this device in, for requests to `address.relay` about this document. `undefined` while it is not sure
   * which relay is there, and under open access. Asked anew for each request: it is never stored, logged or shown.
   */
  currentSecret(): string | undefined;
  /** Makes the document at the relay, where nobody gave a link and there may be none yet. Anything but a person's wish makes none. */
  begin(): void;
  /** What `needs-relay-key` asks for: keeps it on this device, and tries again. */
  useRelayKey(key: string): Promise<void>;
  /** The person does not need the kept text any more. */
  letGoOfKeptText(): Promise<void>;
  /** On wake, focus, online: makes a round trip before anything is called connected. */
  probe(): void;
  /** “Try again now.” */
  retry(): void;
  /**
   * Its relay, which has this id, is at another origin now. Whoever is there has to be that relay, as with every connection. What never met
   * it lies under the id from now on: no address leads to where it was.
   */
  moveTo(relay: string, relayId: string): void;
  close(): Promise<void>;
}

export interface SessionOptions extends HeldDocumentOptions, DoorOptions {
  readonly storage: HeldDocumentOptions['storage'] & DoorOptions['storage'];
  /** Called in the place of replacing the document (another relay, another role, a copy that no longer fits): for a session that nobody sees. */
  readonly onMisfit?: () => void;
  /** Called when everything is written and let go of. */
  readonly onClosed?: () => void;
}

/** Resolves as soon as the offline copy is loaded, or known to be missing. */
export async function openDocumentSession(options: SessionOptions): Promise<DocumentSession> {
  return new Session(options, await findOnDevice(options), undefined);
}

/** A document that begins here: on this device at once, at the relay when it can be reached. */
export async function newDocumentSession(options: SessionOptions, first: FirstContent): Promise<DocumentSession> {
  return new Session(options, await findOnDevice(options), first);
}

async function findOnDevice({ address, storage }: SessionOptions): Promise<FoundOnDevice> {
  const [found, key] = await Promise.all([findDocument(address, storage), storage.keyring.find(address)]);
  return { ...found, key };
}
