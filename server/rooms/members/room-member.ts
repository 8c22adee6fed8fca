/**
 * One peer's end of a room: what each of its frames does.
 *
 * R1  A sync-request is answered by a sync-reply; a flood of requests for the whole document is `too-fast` (answers.ts).
 * R2  A viewer's writing frame: a stock peer is `forbidden`, ours is told nothing and nothing of it counts.
 * R3  A gap, or an update under a client id that another connection holds, is not kept; the peer is asked for what is missing.
 * R4  Frames of one connection take effect in their order, also while one waits for room.
 * R5  Whatever arrives, `receive` throws {@link Rejected} or nothing; after that, nothing more is taken.
 * R6  Nobody is told who is here before they said who they are (or were silent for two seconds): with the relay's clock on it, a
 *     client would take its own half-open ghost for the newest state of itself.
 * R7  A peer that lagged gets one update with all that it missed, everyone's newest presence (R6), and the answer it waits for.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { decodeFrame, encodeFrame, type Frame } from '../../../src/shared/protocol/frames';
import { Rejected } from '../../../src/shared/protocol/rejections';
import { maySend } from '../../../src/shared/protocol/roles';
import { ProgressLedger } from '../delivery/progress-ledger';
import { type Mark, newRecipient, type Recipient } from '../delivery/recipient';
import { type CompactionOutcome, whyNoRoom } from '../history/tail-compaction';
import type { Peer } from '../ports';
import type { Seat } from '../presence/presence-board';
import type { Room } from '../room';
import { encodeStateVector } from '../updates/knowledge';
import { checkUpdate } from '../updates/update-check';
import { Answers } from './answers';
import { type Asker, GapWatch } from './gap-watch';
import { HeldFrames } from './held-frames';
import type { Member } from './member';

type WritingFrame = Frame & { readonly type: 'update' | 'sync-reply' };

/** The second one: after room was made for it, or not. */
type Attempt = 'first try' | CompactionOutcome;

const NOTHING_SAVED = -1;
/** Stock clients say who they are with their first bytes; some have nothing to say. */
const SILENT_MS = 2_000;

export class RoomMember implements Member, Asker {
  readonly peer: Peer;
  readonly recipient: Recipient;
  /** Its place at the board. */
  readonly #seat: Seat;
  readonly #room: Room;
  readonly #gaps: GapWatch;
  /** Of those that ask for what they lack. */
  #answers: Answers | undefined;
  /** Writing frames that wait for room, in order. */
  #held: HeldFrames<WritingFrame> | undefined;
  /** Let go of when it was called: a timer that is over is not kept for ever. */
  #stopWaiting: (() => void) | undefined;
  #state: 'open' | 'refused' | 'left' = 'open';

  constructor(room: Room, peer: Peer, place: number) {
    const { clock } = room;
    this.peer = peer;
    this.#room = room;
    this.#gaps = new GapWatch(clock, this);
    this.#seat = { peer, id: undefined, state: null };
    const ledger = peer.wantsProgress ? new ProgressLedger(room.durable ? room.saving.saved : NOTHING_SAVED) : undefined;
    this.recipient = newRecipient({ peer, seat: this.#seat, ledger, now: clock.now(), place });
  }

  welcome(): void {
    const { clock, saving } = this.#room;
    if (this.peer.role === 'editor') this.#gaps.ask();
    this.#stopWaiting = clock.after(SILENT_MS, () => this.#introduceOnce());
    if (this.peer.wantsProgress && saving.failing) this.#send({ type: 'notice', notice: { type: 'storage', failing: true } });
  }

  receive(message: Uint8Array): void {
    const { inbox, outbox } = this.#room;
    if (this.#state === 'open' && outbox.isCrowded && inbox.add(this, message)) {
      outbox.schedule();
      return;
    }
    inbox.empty();
    this.handle(message);
  }

  /** What a frame does, now. Throws as `receive` does. */
  handle(message: Uint8Array): void {
    if (this.#state !== 'open') return;
    try {
      this.#take(decodeFrame(message));
    } catch (error) {
      throw this.#refuse(error);
    }
  }

  drained(): void {
    if (this.#state !== 'open' || !this.#room.outbox.backlog.takes(this.peer)) return;
    if (this.recipient.lag !== undefined) this.#catchUp(this.recipient.lag);
    try {
      this.#answers?.goOn();
    } catch (error) {
      this.#close(error);
    }
  }

  roleChanged(): void {
    if (this.#state === 'left') return;
    this.#room.board.renew();
    this.#room.outbox.schedulePresence();
  }

  leave(): void {
    if (this.#state === 'left') return;
    this.#room.inbox.empty();
    this.#state = 'left';
    this.#gaps.end();
    this.#endWait();
    this.#held = undefined;
    this.#room.holders.release(this);
    this.#room.remove(this.recipient, this.#seat);
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'update':
      case 'sync-reply':
        this.#writeInOrder(frame, 'first try');
        return;
      case 'sync-request':
        this.#answers ??= new Answers(this.#room, this.recipient);
        this.#answers.ask(frame.stateVector);
        return;
      case 'awareness':
        this.#room.board.receive(this.#seat, frame.entries);
        if (this.#seat.id !== undefined) this.#introduceOnce();
        this.#room.outbox.schedulePresence();
        return;
      case 'query-awareness':
        this.#endWait();
        this.#room.outbox.introduce(this.recipient);
        return;
      case 'progress':
      case 'notice':
        throw new Rejected('malformed', `a ${frame.type} frame from a client`);
    }
  }

  #catchUp(lag: Mark): void {
    const { board, clock, history, knowledge, outbox } = this.#room;
    this.recipient.lag = undefined;
    if (history.lastNumber > lag.update) {
      this.#send({ type: 'update', update: history.answer(lag.stateVector, knowledge) }, history.lastNumber);
    }
    if (this.recipient.introduced) outbox.introductions.tell(this.recipient, board.everyoneSince(lag.people));
    this.recipient.heardAt = clock.now();
    outbox.schedule();
  }

  #writeInOrder(frame: WritingFrame, attempt: Attempt): void {
    if (this.#held === undefined) this.#write(frame, attempt);
    else this.#held.add(frame);
  }

  #write(frame: WritingFrame, attempt: Attempt): void {
    const { history, knowledge, limits, rules } = this.#room;
    const ledger = this.recipient.ledger;
    if (!maySend(this.peer.role, frame)) {
      if (ledger === undefined) throw new Rejected('forbidden');
      ledger.drop();
      return;
    }
    const verdict = checkUpdate(frame.update, knowledge, rules);
    const isGap =
      verdict.type === 'gap' ||
      (verdict.type === 'accepted' && frame.type === 'update' && this.#room.isHeldByOther(verdict.advances, this));
    if (isGap) {
      this.#miss(frame);
      return;
    }
    if (verdict.type === 'accepted') {
      if (verdict.inserts && !this.#room.fits(verdict.update.length)) {
        if (attempt !== 'first try') throw whyNoRoom(attempt, verdict.update.length, history, limits.documentBytes);
        this.#hold(frame);
        return;
      }
      this.#room.accept(verdict, this);
    }
    if (frame.type === 'sync-reply') this.#gaps.noticeAnswer();
    if (ledger === undefined) return;
    if (frame.type === 'sync-reply') ledger.cover(history.lastNumber);
    else ledger.hold(history.lastNumber);
    this.#room.tellProgress(ledger);
  }

  #miss(frame: WritingFrame): void {
    this.recipient.ledger?.miss();
    if (frame.type === 'sync-reply') this.#gaps.noticeAnswerWithGap();
    else this.#gaps.noticeGap();
  }

  #hold(frame: WritingFrame): void {
    const held = new HeldFrames<WritingFrame>(this.#room.limits.documentBytes);
    held.add(frame);
    this.#held = held;
    void this.#room.makeRoom().then((made) => this.#resume(made));
  }

  #resume(made: CompactionOutcome): void {
    const held = this.#held;
    this.#held = undefined;
    if (this.#state !== 'open' || held === undefined) return;
    try {
      // Room was made for the first; a later one may have to wait for its own, and those behind it with it.
      for (const [index, frame] of held.frames.entries()) this.#writeInOrder(frame, index === 0 ? made : 'first try');
    } catch (error) {
      this.#close(error);
    }
  }

  #introduceOnce(): void {
    if (this.recipient.introduced) return;
    this.#endWait();
    // With nobody there, live presence is all there is.
    if (this.#room.board.isEmpty) this.recipient.introduced = true;
    else this.#room.outbox.introduce(this.recipient);
  }

  #endWait(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** For its {@link GapWatch}. */
  sendRequest(): void {
    this.#send({ type: 'sync-request', stateVector: encodeStateVector(this.#room.knowledge.clocks) });
  }

  /** @param update see Framing. */
  #send(frame: Frame, update?: number): void {
    this.#room.outbox.send(encodeFrame(frame), this.recipient, update);
  }

  /** For what happens while no frame is being taken. */
  #close(error: unknown): void {
    const { rejection, message } = this.#refuse(error);
    this.peer.close(rejection, message);
  }

  #refuse(error: unknown): Rejected {
    this.#state = 'refused';
    if (error instanceof Rejected) return error;
    if (error instanceof MalformedBytes) return new Rejected('malformed', error.message);
    this.#room.log.error({ document: this.#room.document, peer: this.peer.label, err: error }, 'a frame could not be handled');
    return new Rejected('unreadable', 'a frame could not be handled');
  }
}
