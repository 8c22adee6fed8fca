/**
 * One document's live end: its peers, and what has not been compacted yet. It passes edits on and builds no document.
 *
 * R1  An accepted update is in the history, on its way to the store and in the outbox, in the same order everywhere.
 * R2  Who joins as an editor is asked what they have; a viewer never is. Joining stores nothing.
 * R3  Everyone hears something at least every `beatMs` (beats.ts).
 * R4  An insert that would make the document too large waits for a compaction, and only its own connection waits with it. It is
 *     refused for good only if there is no room for it though everything is as small as it gets.
 * R5  After the last peer left: saved, compacted if worth it, and after `graceMs` out of memory; never with unsaved edits.
 * R6  A room that is abandoned, because its document is deleted, stores nothing more.
 */
import { encodeFrame, type Notice } from '../../src/shared/protocol/frames';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { Beats } from './delivery/beats';
import { Inbox } from './delivery/inbox';
import { Outbox } from './delivery/outbox';
import type { ProgressLedger } from './delivery/progress-ledger';
import type { Mark, Recipient } from './delivery/recipient';
import type { HistoryLog } from './history/history-log';
import { Positions } from './history/positions';
import { SaveQueue } from './history/save-queue';
import { openHistory } from './history/stored-history';
import { type CompactionOutcome, TailCompaction } from './history/tail-compaction';
import type { RelayLimits } from './limits';
import { ClientIdHolders } from './members/client-id-holders';
import type { Member } from './members/member';
import { RoomMember } from './members/room-member';
import type { Clock, Compactor, DocumentRules, DocumentStore, Log, Peer, StoredDocument } from './ports';
import { PresenceBoard, type Seat } from './presence/presence-board';
import type { PresenceFeed } from './presence/presence-feed';
import type { SlowTick } from './slow-tick';
import { encodeStateVector, type Knowledge, learn } from './updates/knowledge';
import type { Accepted, Advance, UpdateRules } from './updates/update-check';

export interface RoomOptions {
  readonly document: DocumentId;
  readonly store: DocumentStore;
  readonly compactor: Compactor;
  readonly clock: Clock;
  /** The same for all rooms. */
  readonly tick: Pick<SlowTick, 'call'>;
  readonly limits: RelayLimits;
  readonly documents: DocumentRules;
  readonly log: Log;
  /** Another for each opening of each document: what update numbers belong to, beside the document. */
  readonly epoch: string;
  /** Hears who is here. */
  readonly feed?: Pick<PresenceFeed, 'take'>;
  readonly smallTail?: { readonly bytes: number; readonly count: number };
}

export class Room {
  readonly document: DocumentId;
  readonly epoch: string;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly rules: UpdateRules;
  readonly log: Log;
  readonly knowledge: Knowledge;
  readonly history: HistoryLog;
  readonly saving: SaveQueue;
  readonly board: PresenceBoard;
  readonly inbox = new Inbox();
  readonly outbox: Outbox;
  readonly holders = new ClientIdHolders<RoomMember>();
  /** Whether the store keeps what it is given: else nothing is ever called saved. */
  readonly durable: boolean;
  readonly #compaction: TailCompaction;
  readonly #positions: Positions;
  readonly #recipients: Recipient[] = [];
  /** Counts arrivals and departures: what waited for an empty room sees whether it still is the same emptiness. */
  #visit = 0;
  readonly #beats: Beats;
  #stopGrace: (() => void) | undefined;
  #isOver = false;
  readonly #onUnused: () => void;

  /** @param onUnused called when nobody is here any more and everything is saved. */
  constructor(options: RoomOptions, stored: StoredDocument | undefined, onUnused: () => void) {
    const { document, store, clock, tick, limits, documents, log, epoch, feed } = options;
    this.document = document;
    this.epoch = epoch;
    this.clock = clock;
    this.limits = limits;
    this.rules = { documents, limits };
    this.log = log;
    this.durable = store.durable;
    this.#onUnused = onUnused;
    const { history, knowledge } = openHistory(stored, documents);
    this.history = history;
    this.knowledge = knowledge;
    this.#positions = new Positions(history.lastNumber);
    this.saving = new SaveQueue({
      document,
      store,
      clock,
      log,
      saved: this.history.lastNumber,
      onSaved: (upTo) => this.#tellSaved(upTo),
      onFailing: (failing) => this.#tellFailing(failing),
    });
    this.board = new PresenceBoard({ documents, limits, clock, ...(feed === undefined ? {} : { feed }) });
    this.outbox = new Outbox({
      clock,
      tick,
      limits,
      recipients: this.#recipients,
      board: this.board,
      gather: () => this.inbox.empty(),
      mark: () => this.#mark(),
      largestMessage: () => this.#bytes,
    });
    this.#beats = new Beats({ clock, limits, board: this.board, history, outbox: this.outbox, recipients: this.#recipients });
    this.#compaction = new TailCompaction({ ...options, history, knowledge, saving: this.saving });
  }

  get peers(): number {
    return this.#recipients.length;
  }

  get unsaved(): number {
    return this.saving.unsaved;
  }

  /** Throws {@link Rejected} `full`, or `not-found` when the document was deleted meanwhile. */
  join(peer: Peer): Member {
    if (this.#isOver) throw new Rejected('deleted');
    if (this.peers >= this.limits.roomPeers) throw new Rejected('full', `${this.peers} peers in ${this.document}`);
    this.#visit++;
    this.#stopGrace?.();
    const member = new RoomMember(this, peer, this.#recipients.length);
    this.#recipients.push(member.recipient);
    this.#beats.start();
    member.welcome();
    return member;
  }

  /** What somebody has who has everything up to this update; `undefined` when that is not known any more. */
  stateVectorAt(update: number): Uint8Array | undefined {
    return this.#positions.stateVectorAt(update, this.knowledge.clocks);
  }

  /** Takes a place out of the room; the last one moves into it. */
  remove(recipient: Recipient, seat: Seat): void {
    const last = this.#recipients.pop();
    if (last !== undefined && last !== recipient) {
      this.#recipients[recipient.place] = last;
      last.place = recipient.place;
    }
    recipient.place = -1;
    this.board.leave(seat);
    this.outbox.schedulePresence();
    this.#visit++;
    if (this.peers > 0) return;
    this.#beats.stop();
    this.history.forgetAnswers();
    void this.settle();
  }

  /** Takes an accepted update; `update` may be a view into a message. */
  accept(verdict: Accepted, writer: RoomMember): void {
    const message = encodeFrame({ type: 'update', update: verdict.update });
    const update = message.subarray(message.length - verdict.update.length);
    learn(this.knowledge, verdict);
    const number = this.history.append(update);
    this.#positions.note(number, verdict.advances);
    this.saving.add(update);
    this.holders.take(verdict.advances, writer);
    this.outbox.add(message, writer.recipient, number);
    this.#compaction.consider();
  }

  /** Whether another open connection writes under one of these ids; it is asked whether it still lives. */
  isHeldByOther(advances: readonly Advance[], writer: RoomMember): boolean {
    const holder = this.holders.findOther(advances, writer);
    holder?.peer.probe(this.limits.holderMs);
    return holder !== undefined;
  }

  fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.limits.documentBytes;
  }

  /** Resolves when there is as much room as there can be now. */
  makeRoom(): Promise<CompactionOutcome> {
    return this.#compaction.runAnew();
  }

  /** Somebody's frame was received, and may be saved with it. */
  tellProgress({ hasSavedNews }: ProgressLedger): void {
    if (hasSavedNews) this.outbox.schedule();
    else if (this.durable && !this.saving.failing) this.outbox.scheduleProgress();
    else this.outbox.scheduleAllProgress();
  }

  notify(notice: Notice): void {
    const message = encodeFrame({ type: 'notice', notice });
    for (const recipient of [...this.#recipients]) if (recipient.peer.wantsProgress) this.outbox.send(message, recipient);
  }

  /** Finishes what an empty room has to do, then reports that it is unused. Never rejects. */
  async settle(graceMs = this.limits.graceMs): Promise<void> {
    const visit = this.#visit;
    if (this.#isOver) return;
    await this.saving.whenSaved(this.history.lastNumber);
    if (visit !== this.#visit) return;
    await this.#compaction.finish();
    if (visit !== this.#visit) return;
    this.#stopGrace?.();
    this.#stopGrace = this.clock.after(graceMs, () => {
      if (visit === this.#visit && this.peers === 0) this.#onUnused();
    });
  }

  /** For a document that is deleted: nobody stays, and nothing of it reaches the store any more. */
  async abandon(): Promise<void> {
    this.#isOver = true;
    this.#visit++;
    this.#stopGrace?.();
    for (const { peer } of [...this.#recipients]) peer.close('deleted');
    await Promise.all([this.saving.abandon(), this.#compaction.abandon()]);
  }

  get #bytes(): number {
    return this.history.snapshotBytes + this.history.tailBytes;
  }

  #mark(): Mark {
    return {
      stateVector: encodeStateVector(this.knowledge.clocks),
      update: this.history.lastNumber,
      people: this.board.ids(),
    };
  }

  /** Nothing will be saved soon: that it is here is all that can be told. */
  #tellFailing(failing: boolean): void {
    this.notify({ type: 'storage', failing });
    this.outbox.scheduleAllProgress();
  }

  #tellSaved(upTo: number): void {
    if (!this.durable) return;
    for (const { ledger } of this.#recipients) ledger?.save(upTo);
    this.outbox.schedule();
  }
}
