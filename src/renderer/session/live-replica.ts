import * as Y from 'yjs';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Clock } from '../documents/clock';
import { destroyReplica, newReplica } from '../documents/new-replica';
import type { Replica } from '../documents/replica';
import type { OpenSocket } from './counting-socket';
import { watchGaps } from './gap-watch';
import { Line, type LineWatcher } from './line';
import { foldUnsaved, startUnsaved, type Unsaved, type UnsavedEvent } from './unsaved';

/** The origin of what comes from the offline copy. */
const COPY_ORIGIN = { name: 'offline copy' } as const;

export interface LiveReplicaWatcher extends Omit<LineWatcher, 'onSent' | 'onProgress'> {
  /** What is unsaved has changed. */
  onUnsaved(): void;
  /** The document took an update, from here or from others; not from the offline copy. */
  onUpdate(update: Uint8Array): void;
}

/** A replica, its line to the relay, and what of it is not saved. */
export class LiveReplica {
  readonly replica: Replica = newReplica();
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #watcher: LiveReplicaWatcher;
  readonly #stopWatchingGaps: () => void;
  #unsaved: Unsaved;
  /** Updates handed to the socket so far: whether the edit that is being reported was among them. */
  #updatesSent = 0;
  #updatesSeen = 0;
  #lastHeardAt = 0;

  constructor(options: {
    address: DocumentAddress;
    openSocket: OpenSocket;
    clock: Clock;
    unsavedSince: number | undefined;
    watcher: LiveReplicaWatcher;
  }) {
    const { clock, watcher } = options;
    this.#clock = clock;
    this.#watcher = watcher;
    this.#unsaved = startUnsaved(options.unsavedSince);
    this.#line = new Line({
      address: options.address,
      replica: this.replica,
      openSocket: options.openSocket,
      watcher: {
        ...watcher,
        onHeard: () => {
          this.#lastHeardAt = clock.now();
          watcher.onHeard();
        },
        onSent: (frame) => {
          if (frame === 'update') this.#updatesSent++;
          this.#fold({ type: 'sent', frame });
        },
        onProgress: (received, saved) => this.#fold({ type: 'progress', received, saved }),
      },
    });
    // After the provider's own listener, so that an update has been handed over, or not, when it is reported here.
    this.replica.doc.on('update', this.#onUpdate);
    this.#stopWatchingGaps = watchGaps(this.replica.doc, clock, () => this.#line.send(this.#syncRequest()));
  }

  get unsaved(): Unsaved {
    return this.#unsaved;
  }

  /** Milliseconds since something was heard from the relay. */
  get quietMs(): number {
    return this.#clock.now() - this.#lastHeardAt;
  }

  /** Takes what the offline copy has. Before connecting, or else it goes to the relay as one update. */
  load(update: Uint8Array | undefined): void {
    if (update !== undefined) Y.applyUpdate(this.replica.doc, update, COPY_ORIGIN);
  }

  /** Everything it holds, as one update. */
  encode(): Uint8Array {
    return Y.encodeStateAsUpdate(this.replica.doc);
  }

  connect(relay: { readonly largestUpdate: number; readonly durable: boolean }): void {
    this.#fold({ type: 'connected', durable: relay.durable });
    this.#line.connect(relay.largestUpdate);
  }

  disconnect(): void {
    this.#line.disconnect();
    this.#fold({ type: 'disconnected' });
  }

  probe(): void {
    this.#line.send({ type: 'query-awareness' });
  }

  /** Edits from another source that this replica has to answer for. */
  unsavedFromElsewhere(since: number): void {
    this.#fold({ type: 'edited', at: since, handedOver: false });
  }

  destroy(): void {
    this.#stopWatchingGaps();
    this.replica.doc.off('update', this.#onUpdate);
    this.#line.destroy();
    destroyReplica(this.replica);
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
    const handedOver = this.#updatesSent > this.#updatesSeen;
    this.#updatesSeen = this.#updatesSent;
    if (transaction.local) this.#fold({ type: 'edited', at: this.#clock.now(), handedOver });
    if (origin !== COPY_ORIGIN) this.#watcher.onUpdate(update);
  };

  #syncRequest() {
    return { type: 'sync-request', stateVector: Y.encodeStateVector(this.replica.doc) } as const;
  }

  #fold(event: UnsavedEvent): void {
    const next = foldUnsaved(this.#unsaved, event);
    if (next === this.#unsaved) return;
    this.#unsaved = next;
    this.#watcher.onUnsaved();
  }
}
