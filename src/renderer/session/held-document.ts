/**
 * What a session holds of its document on this device: the replica that is shown, its offline copy, and the fresh
 * replica that takes its place when it has to be replaced.
 *
 * R1  A fresh replica is filled from the relay alone, and takes its place only when it is filled.
 * R2  Text that the fresh one does not have is kept and offered.
 * R3  Another relay's document is never merged into: it has a replica and a copy of its own.
 * R4  A relay is remembered only once the copy lies under its id: until then it would not be found again.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Clock } from '../documents/clock';
import type { DeviceStorage } from '../documents/device-storage';
import { type FoundCopy, type KeptText, NOTHING_FOUND } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { CopyKeeper, type FoundDocument } from './copy-keeper';
import { LiveReplica, type LiveReplicaWatcher } from './live-replica';
import type { Person } from './reader';
import { keptTextOf } from './replacement';
import type { OpenSocket } from './socket';
import { truthOf, unsavedSince } from './unsaved';

export interface HeldDocumentOptions {
  readonly address: DocumentAddress;
  readonly storage: Pick<DeviceStorage, 'copies' | 'kept' | 'relays'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly openSocket: OpenSocket;
  /** Who is here, as long as the editor has not said it. */
  readonly me: () => Person;
}

export interface HeldDocumentWatcher extends Omit<LiveReplicaWatcher, 'onUnsaved' | 'onUpdate'> {
  /** What may be said about the document has changed. */
  onChange(): void;
  /** Another window replaced it. */
  onOutdated(): void;
}

interface Fresh {
  readonly live: LiveReplica;
  /** Set when it is for another relay at the same address. */
  readonly other: OtherRelay | undefined;
}

interface OtherRelay {
  readonly relayId: string;
  readonly keeper: CopyKeeper;
}

export class HeldDocument {
  readonly #options: HeldDocumentOptions;
  readonly #watcher: HeldDocumentWatcher;
  readonly #replica: ObservableValue<Replica>;
  readonly #keptText: ObservableValue<KeptText | undefined>;
  #keeper: CopyKeeper;
  #relayId: string | undefined;
  #live: LiveReplica;
  #fresh: Fresh | undefined;
  /** Found at this address, and not the relay that we know; the next start-over is for it. */
  #other: OtherRelay | undefined;
  #isComplete: boolean;
  /** Rises with each `meet`: only the last one counts. */
  #meetings = 0;
  #isClosed = false;
  #stopWatching: () => void;

  constructor(options: HeldDocumentOptions, { keeper, relayId }: FoundDocument, watcher: HeldDocumentWatcher) {
    this.#options = options;
    this.#watcher = watcher;
    this.#keeper = keeper;
    this.#relayId = relayId;
    const { found } = keeper;
    this.#isComplete = found.complete;
    this.#keptText = new ObservableValue(found.keptText);
    this.#live = this.#newLive(found);
    this.#replica = new ObservableValue(this.#live.replica);
    this.#stopWatching = this.#watch(keeper);
  }

  get replica(): Observable<Replica> {
    return this.#replica;
  }

  get keptText(): ObservableValue<KeptText | undefined> {
    return this.#keptText;
  }

  get relayId(): string | undefined {
    return this.#relayId;
  }

  get copyHealth() {
    return this.#keeper.health.current;
  }

  /** Whether the text was ever complete: from the offline copy, the relay, or because it began here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The replica that is shown. */
  get live(): LiveReplica {
    return this.#live;
  }

  /** The replica that is connected, or about to be. */
  get connecting(): LiveReplica {
    return this.#fresh?.live ?? this.#live;
  }

  markComplete(): void {
    this.#isComplete = true;
    this.#keeper.markComplete();
    this.#watcher.onChange();
  }

  /** A relay answered at the address. Resolves with whether it is another than the one that the document is from. */
  async meet(relayId: string): Promise<boolean> {
    const meeting = ++this.#meetings;
    if (this.#relayId === undefined) await this.#settleAt(relayId);
    const isOther = this.#relayId !== relayId;
    if (!isOther) {
      // It is back: what was begun for another one is not needed.
      if (this.#fresh?.other !== undefined) this.#dropFresh();
    } else if (this.#fresh?.other?.relayId !== relayId) {
      this.#dropFresh();
      await this.#prepareFor(relayId, meeting);
    }
    return isOther;
  }

  disconnect(): void {
    this.#fresh?.live.disconnect();
    this.#live.disconnect();
  }

  /** From now on `connecting` is a fresh replica. */
  startOver(): void {
    if (this.#fresh?.other !== undefined && this.#other === undefined) return;
    this.#fresh?.live.destroy();
    const other = this.#other;
    this.#other = undefined;
    const live = this.#newLive(other?.keeper.found ?? NOTHING_FOUND);
    // Nobody sees a replica that nobody edits yet.
    live.replica.awareness.setLocalState(null);
    this.#fresh = { live, other };
  }

  /** What is connected has everything that the relay has. */
  synced(): void {
    if (this.#fresh !== undefined) this.#changeOver(this.#fresh);
    this.markComplete();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#dropFresh();
    this.#live.destroy();
    await this.#keeper.close();
  }

  #newLive(found: FoundCopy): LiveReplica {
    const { address, openSocket, clock, me } = this.#options;
    const watcher: LiveReplicaWatcher = {
      ...this.#watcher,
      onUnsaved: () => {
        if (live === this.#live) this.#unsavedChanged();
      },
      onUpdate: (update) => {
        if (live === this.#live) this.#keeper.append(update, unsavedSince(live.unsaved));
      },
    };
    const live: LiveReplica = new LiveReplica({ address, openSocket, clock, found, me, watcher });
    return live;
  }

  /** The copy lay under the address; now it is known whose it is. */
  async #settleAt(relayId: string): Promise<void> {
    const { storage, address } = this.#options;
    this.#relayId = relayId;
    const found = await this.#keeper.moveTo(relayId);
    if (this.#keeper.key.relay === relayId) await storage.relays.remember(address.relay, relayId);
    if (this.#isClosed) return;
    this.#live.join(found);
    // Another window may have moved the copy before, and then took none of this.
    const since = unsavedSince(this.#live.unsaved);
    if (since !== undefined) this.#keeper.append(this.#live.encode(), since);
    if (found.complete) this.markComplete();
  }

  async #prepareFor(relayId: string, meeting: number): Promise<void> {
    const { storage, address } = this.#options;
    const keeper = await CopyKeeper.open(storage.copies, { relay: relayId, document: address.document });
    if (this.#isClosed || meeting !== this.#meetings) await keeper.close();
    else this.#other = { relayId, keeper };
  }

  #changeOver({ live, other }: Fresh): void {
    const old = this.#live;
    const { random, clock, storage, address } = this.#options;
    const kept = keptTextOf(old.replica, live.replica, { document: address.document, random, at: clock.now() });
    this.#fresh = undefined;
    this.#live = live;
    if (other === undefined) {
      this.#keeper
        .replace(() => live.encode(), kept)
        .catch((error: unknown) => {
          console.warn('The offline copy still has the old document; it will be replaced at the next start.', error);
        });
    } else {
      this.#continueAt(other);
      // The old relay's copy has the text too; this makes it easy to find.
      if (kept !== undefined) storage.kept.keep(kept).catch((error: unknown) => console.warn('The old text could not be kept.', error));
    }
    if (kept !== undefined) this.#keptText.set(kept);
    const { cursor: _, ...presence } = (old.replica.awareness.getLocalState() ?? {}) as Record<string, unknown>;
    live.replica.awareness.setLocalState(presence);
    this.#replica.set(live.replica);
    old.destroy();
    this.#unsavedChanged();
  }

  #continueAt({ relayId, keeper }: OtherRelay): void {
    const old = this.#keeper;
    this.#stopWatching();
    this.#keeper = keeper;
    this.#relayId = relayId;
    this.#stopWatching = this.#watch(keeper);
    keeper.append(this.#live.encode(), unsavedSince(this.#live.unsaved));
    keeper.markComplete();
    void this.#options.storage.relays.remember(this.#options.address.relay, relayId);
    void old.close();
  }

  #watch(keeper: CopyKeeper): () => void {
    return keeper.health.subscribe((health) => {
      // A fresh replica that is being filled already will join what the other window began.
      if (health.state === 'outdated' && this.#fresh === undefined) this.#watcher.onOutdated();
      this.#watcher.onChange();
    });
  }

  #dropFresh(): void {
    this.#fresh?.live.destroy();
    void this.#fresh?.other?.keeper.close();
    void this.#other?.keeper.close();
    this.#fresh = undefined;
    this.#other = undefined;
  }

  #unsavedChanged(): void {
    if (truthOf(this.#live.unsaved) === 'saved') this.#keeper.markSaved();
    this.#watcher.onChange();
  }
}
