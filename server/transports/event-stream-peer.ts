/**
 * A peer at the other end of an event stream.
 *
 * R1  A reader is a viewer whatever it may, and nothing comes from it: there is no way up.
 * R2  A writer (one that POSTs its frames, see frames-by-post.ts) has the role of its grant at this moment.
 * R3  It leaves its room once, whatever ends it.
 * R4  A writer answers a probe by any POST. A reader cannot answer and is not asked: the stream itself finds out.
 */
import { encodeFrame } from '../../src/shared/protocol/frames';
import { REJECTIONS, type RejectionName } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { GrantEnd, GrantHolder } from '../access/live-grants';
import type { Member } from '../rooms/members/member';
import type { Clock, Framing, Log, Peer } from '../rooms/ports';
import type { StreamPart } from './carried-parts';
import type { Channel } from './event-stream';

export interface EventStreamPeerOptions {
  readonly label: string;
  readonly stream: Channel;
  /** Said to a writer that is to show that it is there. */
  readonly probe: Uint8Array;
  readonly framing: Framing;
  readonly kind: 'reader' | 'writer';
  /** Looked up for every frame of a writer. */
  readonly roleOfGrant: () => Role;
  readonly clock: Clock;
  readonly log: Log;
  /** It refuses to go on: the last thing to tell the client. */
  readonly onRefused: (rejection: RejectionName) => void;
  /** It is over: what it holds besides can be let go of. */
  readonly onOver: () => void;
}

type State = { readonly type: 'joining' } | { readonly type: 'inside'; readonly member: Member } | { readonly type: 'over' };

export class EventStreamPeer implements Peer, StreamPart, GrantHolder {
  readonly label: string;
  readonly framing: Framing;
  readonly #options: EventStreamPeerOptions;
  #state: State = { type: 'joining' };
  #signsOfLife = 0;
  #isProbing = false;

  constructor(options: EventStreamPeerOptions) {
    this.label = options.label;
    this.framing = options.framing;
    this.#options = options;
  }

  /** R1, R2 */
  get role(): Role {
    return this.#options.kind === 'reader' ? 'viewer' : this.#options.roleOfGrant();
  }

  get wantsProgress(): boolean {
    return this.#options.kind === 'writer';
  }

  /** A reader’s presence id is the relay's: to itself it is one of the others, so that all readers share one event. */
  get hearsItself(): boolean {
    return this.#options.kind === 'reader';
  }

  get queuedBytes(): number {
    return this.#options.stream.queuedBytes;
  }

  get isOver(): boolean {
    return this.#state.type === 'over';
  }

  write(framed: Uint8Array): void {
    if (this.#state.type !== 'over') this.#options.stream.write(framed);
  }

  probe(deadlineMs: number): void {
    if (this.#options.kind === 'reader' || this.#isProbing || this.isOver) return;
    this.#isProbing = true;
    const before = this.#signsOfLife;
    this.#options.stream.write(this.#options.probe);
    this.#options.clock.after(deadlineMs, () => {
      this.#isProbing = false;
      if (this.#signsOfLife !== before || this.isOver) return;
      this.#options.log.info({ label: this.label }, 'connection lost: did not answer a probe');
      this.#options.stream.destroy();
    });
  }

  /** A writer's client was heard of. */
  hear(): void {
    this.#signsOfLife++;
  }

  close(rejection: RejectionName, detail?: string): void {
    if (this.isOver) return;
    const { log, onRefused } = this.#options;
    if (rejection === 'restarting') log.debug({ label: this.label, rejection, detail }, 'closed');
    else log.warn({ label: this.label, rejection, detail, status: REJECTIONS[rejection].httpStatus }, 'refused');
    this.#end();
    onRefused(rejection);
  }

  /** The room is open. */
  enter(member: Member): void {
    if (this.#state.type === 'joining') this.#state = { type: 'inside', member };
    else member.leave();
  }

  drained(): void {
    if (this.#state.type === 'inside') this.#state.member.drained();
  }

  ended(): void {
    this.#end();
  }

  /** A reader stays what it is: whoever may write now comes back with a socket. Both are told; of a writer, the others are too. */
  roleChanged(role: Role): void {
    if (this.#options.kind === 'writer' && this.#state.type === 'inside') this.#state.member.roleChanged();
    this.write(this.framing.frame(encodeFrame({ type: 'notice', notice: { type: 'role', role } })));
  }

  grantEnded(detail: string, rejection: GrantEnd): void {
    this.close(rejection, detail);
  }

  /** The room may be in the middle of something when it refuses a peer, so leaving waits for the end of the turn. */
  #end(): void {
    const state = this.#state;
    if (state.type === 'over') return;
    this.#state = { type: 'over' };
    this.#options.stream.remove(this);
    if (state.type === 'inside') this.#options.clock.atTurnEnd(() => state.member.leave());
    this.#options.onOver();
  }
}
