/**
 * The rooms of a relay: each is opened once, however many come at once, and leaves memory when nobody uses it.
 *
 * R1  A document that cannot be read is refused, nothing is stored in its name, and it is tried again after a moment.
 * R2  Whoever joins while a room opens waits; joining stores nothing.
 * R3  Draining refuses joins, tells everyone, and ends when everything is on disk or time is up.
 * R4  Watching who is in a document opens no room.
 * R5  While a document is deleted nobody can open it, and nothing of its room reaches the store afterwards.
 */
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { isWorthCompacting } from './history/tail-compaction';
import type { Member } from './members/member';
import type { Peer } from './ports';
import { Epochs } from './presence/epochs';
import { PresenceFeeds } from './presence/presence-feeds';
import { Room, type RoomOptions } from './room';
import { SlowTick } from './slow-tick';

export type RoomsOptions = Omit<RoomOptions, 'document' | 'epoch' | 'feed' | 'tick'>;

interface Opening {
  readonly whenOpen: Promise<Room>;
  room: Room | undefined;
}

/** What may be told a little later is told with this. */
const SLOW_TICK_MS = 100;
/** How long a failed load stands before the next one. */
const RETRY_LOAD_MS = 2_000;
/** What clients are told when the relay goes: its restart takes about as long. */
const BACK_IN_MS = 1_000;

export class Rooms {
  /** Who is where, for those who watch; R4. */
  readonly feeds: PresenceFeeds;
  readonly #options: RoomsOptions;
  readonly #epochs: Epochs;
  readonly #tick: SlowTick;
  readonly #openings = new Map<DocumentId, Opening>();
  readonly #deleting = new Map<DocumentId, Promise<void>>();
  #draining = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#epochs = new Epochs(options.clock);
    this.#tick = new SlowTick(options.clock, SLOW_TICK_MS);
    this.feeds = new PresenceFeeds({ clock: options.clock, epochs: this.#epochs });
  }

  /** Rooms in memory. */
  get size(): number {
    return this.#openings.size;
  }

  /** Throws {@link Rejected} `unreadable`, `full` or `restarting`. */
  join(document: DocumentId, peer: Peer): Promise<Member> {
    return this.enter(document, () => peer);
  }

  /** As `join`, for peers that are made when their room is known. */
  async enter(document: DocumentId, peerFor: (room: Room) => Peer): Promise<Member> {
    if (this.#draining) throw new Rejected('restarting');
    const room = await this.#open(document);
    if (this.#draining) throw new Rejected('restarting');
    return room.join(peerFor(room));
  }

  /** For /health and logs. */
  stats(): { readonly rooms: number; readonly peers: number; readonly unsaved: number; readonly storageFailing: boolean } {
    const rooms = this.#rooms();
    return {
      rooms: rooms.length,
      peers: rooms.reduce((sum, { peers }) => sum + peers, 0),
      unsaved: rooms.reduce((sum, { unsaved }) => sum + unsaved, 0),
      storageFailing: rooms.some(({ saving }) => saving.failing),
    };
  }

  /** Resolves when everything that is here now is on disk, or the time is up. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    const rooms = this.#rooms();
    for (const room of rooms) {
      room.inbox.empty();
      room.notify({ type: 'draining', backInMs: BACK_IN_MS });
    }
    const saved = Promise.all(rooms.map(({ saving, history }) => saving.whenSaved(history.lastNumber)));
    await new Promise<void>((resolve) => {
      const stop = this.#options.clock.after(deadlineMs, resolve);
      void saved.then(() => {
        stop();
        resolve();
      });
    });
    for (const room of rooms) room.outbox.flushNow();
    const { unsaved } = this.stats();
    if (unsaved > 0) this.#options.log.error({ unsaved }, 'stopping with unsaved edits');
  }

  /** Compacts what gathered a long tail, one document at a time. Rooms in use take care of themselves. */
  async sweep(): Promise<void> {
    const { store, log } = this.#options;
    for await (const summary of store.list()) {
      if (this.#draining) return;
      if (!isWorthCompacting(summary) || this.#openings.has(summary.document)) continue;
      try {
        const room = await this.#open(summary.document, 0);
        await room.settle(0);
      } catch (error) {
        log.error({ document: summary.document, err: error }, 'could not be compacted');
      }
    }
  }

  /** Ends a document's room, then runs `erase` while nobody can come in (R5). Rejects as `erase` does. */
  delete(document: DocumentId, erase: () => Promise<void>): Promise<void> {
    const known = this.#deleting.get(document);
    if (known !== undefined) return known;
    const deleting = this.#delete(document, erase).finally(() => this.#deleting.delete(document));
    this.#deleting.set(document, deleting);
    return deleting;
  }

  async #delete(document: DocumentId, erase: () => Promise<void>): Promise<void> {
    const opening = this.#openings.get(document);
    // One that cannot be read can be deleted.
    const room = await opening?.whenOpen.catch(() => undefined);
    await room?.abandon();
    if (opening !== undefined) this.#forget(document, opening);
    await erase();
  }

  #rooms(): Room[] {
    return [...this.#openings.values()].flatMap(({ room }) => (room === undefined ? [] : [room]));
  }

  async #open(document: DocumentId, graceMs = this.#options.limits.graceMs): Promise<Room> {
    if (this.#deleting.has(document)) throw new Rejected('deleted');
    const known = this.#openings.get(document);
    if (known !== undefined) return known.whenOpen;
    const opening: Opening = { whenOpen: this.#load(document, () => this.#forget(document, opening)), room: undefined };
    this.#openings.set(document, opening);
    try {
      opening.room = await opening.whenOpen;
      // A long tail (a relay that was killed) is compacted now, beside those who join; and a room that nobody joins ends.
      if (opening.room.peers === 0) void opening.room.settle(graceMs);
      return opening.room;
    } catch (error) {
      this.#options.clock.after(RETRY_LOAD_MS, () => this.#forget(document, opening));
      throw error;
    }
  }

  async #load(document: DocumentId, onUnused: () => void): Promise<Room> {
    try {
      const stored = await this.#options.store.load(document);
      const own = { document, epoch: this.#epochs.next(), feed: this.feeds.open(document) };
      return new Room({ ...this.#options, tick: this.#tick, ...own }, stored, onUnused);
    } catch (error) {
      this.#options.log.error({ document, err: error }, 'a document cannot be read; nobody is let in');
      throw new Rejected('unreadable', `${document} cannot be read`);
    }
  }

  /** Unless the document was deleted meanwhile, and opened anew. */
  #forget(document: DocumentId, opening: Opening): void {
    if (this.#openings.get(document) !== opening) return;
    this.#openings.delete(document);
    this.feeds.close(document);
  }
}
