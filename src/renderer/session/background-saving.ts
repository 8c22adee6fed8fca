/**
 * Brings what was typed into documents that are not open to their relays, one document after the other, and knows of which documents
 * this device alone has the newest.
 *
 * R1  A document that is open, in this window or another, saves itself: work in the background keeps off, and cedes at once to whoever
 *     opens it.
 * R2  A session in the background only saves. It shows nobody there, ends as soon as all is saved, and replaces nothing: whoever may only
 *     read, and a copy that no longer fits, is for a person to look at.
 * R3  A relay that is away is tried again like any connection (jitter.ts), with one question for all its documents; at once when there is a
 *     network again, or another document reaches it.
 * R4  A document that is refused is not tried again by itself; one that its relay takes and does not save, not soon.
 * R5  What is said of a document is what its copy says: edits that are a moment old are merely on their way.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Clock } from '../documents/clock';
import type { Keyring } from '../documents/keyring';
import type { OpenDocuments } from '../documents/open-documents';
import type { RecentDocument, RecentDocuments } from '../documents/recent-documents';
import type { UnsavedCopies, UnsavedCopy } from '../documents/unsaved-copies';
import { type Outcome, saveInBackground } from './background-session';
import type { DocumentSession, SessionOptions } from './document-session';
import { jitter } from './jitter';

export interface BackgroundSavingOptions {
  readonly recent: Pick<RecentDocuments, 'list'>;
  readonly unsaved: UnsavedCopies;
  readonly keyring: Pick<Keyring, 'find'>;
  readonly openDocuments: OpenDocuments;
  readonly clock: Clock;
  /** 0 ≤ result < 1 */
  readonly chance: () => number;
  readonly openSession: (address: DocumentAddress, more: Pick<SessionOptions, 'onMisfit' | 'onClosed'>) => Promise<DocumentSession>;
  /** Whether this page may talk to that relay. */
  readonly mayReach: (relay: string) => boolean;
  /** What is unsaved may be other than before, in other windows. */
  readonly tell: () => void;
}

/** Below this age an edit is merely on its way. */
export const ON_ITS_WAY_MS = 4_000;
/** Before a relay that took a document and did not save it is tried with it again. */
export const NOT_SAVING_MS = 10 * 60_000;

export class BackgroundSaving {
  readonly #options: BackgroundSavingOptions;
  readonly #onThisDeviceAlone = new ObservableValue<readonly DocumentAddress[]>([]);
  /** Not before this time, by {@link nameOf} (R4). */
  readonly #notBefore = new Map<string, number>();
  /** In a row, of relays that were away. */
  #failures = 0;
  #isStarted = false;
  #passing: Promise<void> | undefined;
  #isMoreToDo = false;
  #cancelPass: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(options: BackgroundSavingOptions) {
    this.#options = options;
  }

  /** Recent documents, not open in this window, with edits that nothing but this device is known to have. */
  get onThisDeviceAlone(): Observable<readonly DocumentAddress[]> {
    return this.#onThisDeviceAlone;
  }

  /** Opens a document for a person (R1). */
  async open(
    address: DocumentAddress,
    openSession: (more: Pick<SessionOptions, 'onClosed'>) => Promise<DocumentSession>,
  ): Promise<DocumentSession> {
    const name = nameOf(address);
    const letGo = this.#options.openDocuments.hold(address.document);
    this.#show(this.#onThisDeviceAlone.current);
    let stopWatching: () => void = () => undefined;
    const onClosed = () => {
      stopWatching();
      letGo();
      this.#notBefore.delete(name);
      this.#options.tell();
      this.look();
    };
    try {
      const session = await openSession({ onClosed });
      stopWatching = this.#watch(session);
      return session;
    } catch (error) {
      onClosed();
      throw error;
    }
  }

  /** The window has shown what it was opened for: there is time for this. */
  start(): void {
    this.#isStarted = true;
    this.look();
  }

  /** A relay may be back, or there may be something else to save: looks at once (R3). */
  look(): void {
    if (!this.#isStarted) return;
    this.#failures = 0;
    this.#begin();
  }

  /** Another window says that something is saved, or not any more. */
  hear(): void {
    if (this.#isStarted) this.#begin();
  }

  #watch(session: DocumentSession): () => void {
    let { state } = session.status.current.connection;
    let unsavedSince = session.status.current.unsavedSince;
    return session.status.subscribe((status) => {
      if (state !== status.connection.state && status.connection.state === 'connected') this.look();
      ({ state } = status.connection);
      // Other windows may have said it of this one.
      const wasLate = unsavedSince !== undefined && this.#options.clock.now() - unsavedSince >= ON_ITS_WAY_MS;
      ({ unsavedSince } = status);
      if (wasLate && unsavedSince === undefined) this.#options.tell();
    });
  }

  #begin(): void {
    this.#cancelPass?.();
    this.#cancelPass = undefined;
    if (this.#passing !== undefined) {
      this.#isMoreToDo = true;
      return;
    }
    this.#passing = this.#pass().finally(() => {
      this.#passing = undefined;
      if (this.#isMoreToDo) this.#begin();
    });
  }

  /** Everything once. */
  async #pass(): Promise<void> {
    this.#isMoreToDo = false;
    const away = new Set<string>();
    for (const entry of await this.#refresh()) {
      const { address } = entry;
      if (away.has(address.relay) || !this.#isDue(address)) continue;
      const outcome = await this.#options.openDocuments.workAlone(address.document, (signal) => this.#save(entry, signal));
      if (outcome === 'away') away.add(address.relay);
      const left = await this.#refresh();
      if (outcome === undefined || outcome === 'ceded' || outcome === 'away') continue;
      this.#options.tell();
      const isLeft = left.some((other) => nameOf(other.address) === nameOf(address));
      if (outcome === 'not-saving') this.#notBefore.set(nameOf(address), this.#options.clock.now() + NOT_SAVING_MS);
      else if (isLeft) this.#notBefore.set(nameOf(address), Number.POSITIVE_INFINITY);
    }
    const later = (await this.#refresh()).some(({ address }) => this.#notBefore.get(nameOf(address)) !== Number.POSITIVE_INFINITY);
    if (!later) return;
    const ms = jitter(away.size > 0 ? this.#failures++ : LEAST_HURRY, this.#options.chance());
    this.#cancelPass = this.#options.clock.after(ms, () => this.#begin());
  }

  async #save({ address, relayId }: RecentDocument, signal: AbortSignal): Promise<Outcome> {
    const { keyring, openSession, clock } = this.#options;
    const key = await keyring.find({ relay: relayId, document: address.document });
    if (key?.role === 'viewer') return 'left-alone';
    return await saveInBackground((onMisfit) => openSession(address, { onMisfit }), { clock, signal });
  }

  /** In this window. */
  #isOpen({ document }: DocumentAddress): boolean {
    return this.#options.openDocuments.isOpenHere(document);
  }

  #isDue(address: DocumentAddress): boolean {
    return (this.#notBefore.get(nameOf(address)) ?? 0) <= this.#options.clock.now();
  }

  /** @returns recent documents of which something is not saved, those that are open elsewhere too. */
  async #refresh(): Promise<readonly RecentDocument[]> {
    const { unsaved, recent, mayReach, clock } = this.#options;
    const copies = await unsaved.find();
    const isYoung = ({ since }: UnsavedCopy) => clock.now() - since < ON_ITS_WAY_MS;
    const entries = recent.list.current.flatMap((entry) => {
      const copy = copies.find((each) => isCopyOf(each, entry));
      return copy !== undefined && mayReach(entry.address.relay) ? [{ entry, copy }] : [];
    });
    this.#show(entries.filter(({ copy }) => !isYoung(copy)).map(({ entry }) => entry.address));
    this.#cancelLook?.();
    if (entries.some(({ copy }) => isYoung(copy))) this.#cancelLook = clock.after(ON_ITS_WAY_MS, () => void this.#refresh());
    return entries.map(({ entry }) => entry).filter(({ address }) => !this.#isOpen(address));
  }

  #show(addresses: readonly DocumentAddress[]): void {
    const shown = addresses.filter((address) => !this.#isOpen(address));
    const before = this.#onThisDeviceAlone.current;
    if (shown.length !== before.length || shown.some((address, index) => nameOf(address) !== nameOf(before[index] ?? address)))
      this.#onThisDeviceAlone.set(shown);
  }
}

/** As many failures as make the longest pause: nothing is away, but open elsewhere or not saved. */
const LEAST_HURRY = 16;

/** Before its relay was reached, a copy lay under the origin. */
function isCopyOf(copy: UnsavedCopy, { address, relayId }: RecentDocument): boolean {
  return copy.document === address.document && (copy.relay === relayId || copy.relay === address.relay);
}

function nameOf({ relay, document }: DocumentAddress): string {
  return `${relay}/${document}`;
}
