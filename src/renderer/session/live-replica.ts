import * as Y from 'yjs';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Health } from '../../shared/protocol/routes';
import type { Clock } from '../documents/clock';
import { destroyReplica, newReplica } from '../documents/new-replica';
import type { FoundCopy } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { followClientId } from './client-id';
import { watchGaps } from './gap-watch';
import { type Entry, Line, type LineWatcher } from './line';
import { type Person, readerOf } from './reader';
import type { OpenSocket, Transport } from './socket';
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
    found: FoundCopy;
    me: () => Person;
    watcher: LiveReplicaWatcher;
  }) {
    const { clock, watcher, found } = options;
    this.#clock = clock;
    this.#watcher = watcher;
    this.#unsaved = startUnsaved(found.unsavedSince, found.everSaved);
    // Before anybody listens: Yjs would encode all of it once more, for listeners that have no use for it.
    this.#load(found.update);
    followClientId(this.replica);
    this.#line = new Line({
      address: options.address,
      replica: this.replica,
      openSocket: options.openSocket,
      reader: () => readerOf(this.replica.awareness.getLocalState(), options.me()),
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

  /** What carries it; `undefined` without a connection. */
  get transport(): Transport | undefined {
    return this.#line.transport;
  }

  /** With what the socket was opened that there is; it may not be open yet. */
  get entry(): Entry | undefined {
    return this.#line.entry;
  }

  /** Takes what another copy has too. Before it is admitted, or else it goes to the relay as one update. */
  join({ update, unsavedSince }: FoundCopy): void {
    this.#load(update);
    if (unsavedSince !== undefined) this.#fold({ type: 'edited', at: unsavedSince, handedOver: false });
  }

  /** Everything it holds, as one update. */
  encode(): Uint8Array {
    return Y.encodeStateAsUpdate(this.replica.doc);
  }

  /** Opens a socket, unless there is one; it is not used before `admit`. */
  connect(entry: Entry): void {
    this.#line.connect(entry);
  }

  admit({ relay, durable, limits }: Pick<Health, 'relay' | 'durable' | 'limits'>): void {
    this.#fold({ type: 'connected', durable });
    this.#line.admit(relay, limits.documentBytes);
  }

  disconnect(): void {
    this.#line.disconnect();
    this.#fold({ type: 'disconnected' });
  }

  probe(): void {
    this.#line.send({ type: 'query-awareness' });
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
    // Presence goes by the id of its connection: it needs another one.
    if (followClientId(this.replica)) this.#line.giveUp('Someone else writes under the same id; connecting anew.');
  };

  #load(update: Uint8Array | undefined): void {
    if (update !== undefined) Y.applyUpdate(this.replica.doc, update, COPY_ORIGIN);
  }

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
