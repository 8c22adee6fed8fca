/**
 * What one connection is told when it asks for what it lacks.
 *
 * R1  A sync-request is answered by exactly one sync-reply, at once.
 * R2  But while the peer has not taken what it was sent, one request waits, the newest: it is answered when there is room for
 *     it, and those before it with it. So a peer that asks and asks, and does not read, has one answer in memory and no more.
 * R3  Whoever asks for more than its budget is `too-fast`; never for a request that lacks nothing, as clients send that ask
 *     every now and then: beyond the budget, that is answered by an empty update. What was deleted the peer was told with the
 *     answer before, and since then as it happened.
 */
import { encodeFrame } from '../../../src/shared/protocol/frames';
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { Recipient } from '../delivery/recipient';
import type { Room } from '../room';
import { decodeStateVector } from '../updates/knowledge';
import { FullSyncBudget, lackingPart } from './full-sync-budget';

const NOTHING_NEW = Uint8Array.of(0, 0);

export class Answers {
  readonly #room: Room;
  readonly #recipient: Recipient;
  readonly #budget: FullSyncBudget;
  /** The state vector of the request that waits. */
  #waiting: Uint8Array | undefined;

  constructor(room: Room, recipient: Recipient) {
    const { clock, limits } = room;
    this.#room = room;
    this.#recipient = recipient;
    this.#budget = new FullSyncBudget({ clock, perMinute: limits.fullSyncsPerMinute });
  }

  /** Throws {@link Rejected} `too-fast`, MalformedBytes. @param stateVector may be a view into a message. */
  ask(stateVector: Uint8Array): void {
    const lacking = lackingPart(decodeStateVector(stateVector), this.#room.knowledge.clocks);
    if (this.#room.outbox.backlog.takes(this.#recipient.peer)) {
      this.#waiting = undefined;
      this.#answer(stateVector, lacking);
    } else {
      this.#waiting = new Uint8Array(stateVector);
    }
  }

  /** The peer has taken what it was sent. Throws as `ask` does. */
  goOn(): void {
    if (this.#waiting !== undefined) this.ask(this.#waiting);
  }

  #answer(stateVector: Uint8Array, lacking: number): void {
    const { history, knowledge, limits } = this.#room;
    if (this.#budget.covers(lacking)) {
      const update = history.answer(stateVector, knowledge);
      this.#budget.charge(lacking, update.length / limits.documentBytes);
      this.#reply(update);
    } else {
      if (lacking > 0) throw new Rejected('too-fast', 'sync-requests for too much of the document');
      this.#reply(NOTHING_NEW);
    }
  }

  #reply(update: Uint8Array): void {
    const { history, outbox } = this.#room;
    outbox.send(encodeFrame({ type: 'sync-reply', update }), this.#recipient, history.lastNumber);
  }
}
