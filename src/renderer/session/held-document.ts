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
import type { Role } from '../../shared/protocol/roles';
import type { Clock } from '../documents/clock';
import type { DeviceStorage } from '../documents/device-storage';
import type { FoundCopy, KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import type { CopyKeeper, FoundDocument } from './copy-keeper';
import { LiveReplica, type LiveReplicaWatcher } from './live-replica';
import { type Fresh, NextReplica, type OtherRelay } from './next-replica';
import type { Person } from './reader';
import { hasAllOf, keptTextOf } from './replacement';
import type { OpenSocket } from './socket';
import { isSeenSaved, truthOf, unsavedSince } from './unsaved';

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

export class HeldDocument {
  readonly #options: HeldDocumentOptions;
  readonly #watcher: HeldDocumentWatcher;
  readonly #replica: ObservableValue<Replica>;
  readonly #keptText: ObservableValue<KeptText | undefined>;
  readonly #next: NextReplica;
  #keeper: CopyKeeper;
  #relayId: string | undefined;
  #live: LiveReplica;
  #isComplete: boolean;
  #savedAt: number | undefined;
  #settling: Promise<void> | undefined;
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
    this.#next = new NextReplica({
      copies: options.storage.copies,
      document: options.address.document,
      newLive: (copy) => this.#newLive(copy),
    });
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
    return this.#next.live ?? this.#live;
  }

  /** When everything was last seen saved. Milliseconds since 1970. */
  get savedAt(): number | undefined {
    return this.#savedAt;
  }

  /** Whether something was typed that nobody will take from a person in this role. */
  wouldLose(role: Role): boolean {
    return role === 'viewer' && unsavedSince(this.connecting.unsaved) !== undefined;
  }

  markComplete(): void {
    this.#isComplete = true;
    this.#keeper.markComplete();
    this.#watcher.onChange();
  }

  /** It is known whose it is, if it was not before. Resolves when it lies there. */
  async settle(relayId: string): Promise<void> {
    if (this.#relayId === undefined) {
      this.#settling = this.#settleAt(relayId).finally(() => {
        this.#settling = undefined;
      });
    }
    await this.#settling;
  }

  /** A relay answered at the address. Resolves with whether it is another than the one that the document is from. */
  async meet(relayId: string): Promise<boolean> {
    await this.settle(relayId);
    const isOther = this.#relayId !== relayId;
    if (isOther) await this.#next.meetOther(relayId);
    else this.#next.meetKnown();
    return isOther;
  }

  disconnect(): void {
    this.#next.live?.disconnect();
    this.#live.disconnect();
  }

  /** From now on `connecting` is a fresh replica. */
  startOver(because: Fresh['because']): void {
    this.#next.begin(because);
  }

  /** What is connected has everything that the relay has. */
  synced(): void {
    const fresh = this.#next.take();
    if (fresh !== undefined) this.#changeOver(fresh);
    this.markComplete();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#next.close();
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

  #changeOver({ live, other, because }: Fresh): void {
    const old = this.#live;
    const { random, clock, storage, address } = this.#options;
    const isLost = because === 'misfit' || !hasAllOf(live.replica.doc, old.replica.doc);
    const kept = isLost ? keptTextOf(old.replica, live.replica, { document: address.document, random, at: clock.now() }) : undefined;
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
      if (health.state === 'outdated' && this.#next.live === undefined) this.#watcher.onOutdated();
      this.#watcher.onChange();
    });
  }

  #unsavedChanged(): void {
    const { unsaved } = this.#live;
    if (truthOf(unsaved) === 'saved') this.#keeper.markSaved();
    if (isSeenSaved(unsaved)) this.#savedAt = this.#options.clock.now();
    this.#watcher.onChange();
  }
}
