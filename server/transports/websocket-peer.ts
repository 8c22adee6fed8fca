/**
 * A peer at the other end of a WebSocket.
 *
 * R1  Frames reach the room in the order they came, also those that came before it was open.
 * R2  After its first refusal a peer is over: what is still in the line is ignored, and it leaves the room once.
 * R3  Too much to read pauses reading, and never closes.
 * R4  A connection that is silent for the time of two pings is dead (signs-of-life.ts). Being paused is no silence.
 * R5  One probe at a time.
 * R6  Nothing is read before it was let in. Its role is that of its grant at the moment of each frame.
 * R7  Whoever comes by a socket means to write. One that may not is told so at once: its role may have changed on the way.
 */
import type { Socket } from 'node:net';
import { encodeFrame, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { REJECTIONS, Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { GrantEnd, GrantHolder, LiveGrant } from '../access/live-grants';
import type { RelayLimits } from '../rooms/limits';
import type { Member } from '../rooms/members/member';
import type { Clock, Framing, Log, Peer } from '../rooms/ports';
import { PingRate } from './ping-rate';
import { ReadGate } from './read-gate';
import type { RelayWebSocket } from './relay-websocket';
import { SignsOfLife } from './signs-of-life';
import { webSocketFraming } from './websocket-framing';

/** What all peers of a relay share. */
export interface PeerSurroundings {
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls {@link WebSocketPeer.readOn} from time to time, until it says that it reads again. */
  paused(peer: WebSocketPeer): void;
  /** Its connection is no more. */
  gone(peer: WebSocketPeer): void;
}

type State =
  | { readonly type: 'joining'; readonly waiting: Uint8Array[] }
  | { readonly type: 'inside'; readonly member: Member }
  | { readonly type: 'over' };

const OVER: State = { type: 'over' };

export class WebSocketPeer implements Peer, GrantHolder {
  /** One for each connection there ever was. */
  readonly number: number;
  readonly #ws: RelayWebSocket;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #surroundings: PeerSurroundings;
  readonly #gate: ReadGate;
  #state: State = { type: 'joining', waiting: [] };
  #grant: LiveGrant | undefined;
  readonly #life = new SignsOfLife();
  /** Of the few that ping. */
  #pings: PingRate | undefined;

  constructor(ws: RelayWebSocket, socket: Socket, number: number, surroundings: PeerSurroundings) {
    this.number = number;
    this.#ws = ws;
    this.#socket = socket;
    this.#address = socket.remoteAddress ?? '';
    this.#surroundings = surroundings;
    this.#gate = new ReadGate(surroundings.limits, surroundings.clock.now());
    ws.pause();
  }

  get label(): string {
    return `ws-${this.number}`;
  }

  get framing(): Framing {
    return webSocketFraming;
  }

  get limits(): RelayLimits {
    return this.#surroundings.limits;
  }

  /** R6 */
  get role(): Role {
    return this.#grant?.role ?? 'viewer';
  }

  get isOver(): boolean {
    return this.#state.type === 'over';
  }

  get wantsProgress(): boolean {
    return this.#ws.protocol === SUBPROTOCOL_WEFT;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /**
   * Straight to the TCP socket: the bytes are framed once for everybody, and one write carries a whole turn. ws writes
   * only control frames here (pings, pongs, closes), each within one call and nothing compressed, so there is no
   * half-written frame of its own that these bytes could get into.
   */
  write(framed: Uint8Array): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#socket.write(framed);
  }

  probe(deadlineMs: number): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    const isAsked = this.#life.probe(this.#surroundings.clock, deadlineMs, () => {
      if (this.#gate.isOpen) this.#giveUp('did not answer a probe');
    });
    if (isAsked) this.#ws.ping();
  }

  close(rejection: RejectionName, detail?: string): void {
    if (this.#state.type === 'over') return;
    const { closeCode, reason } = REJECTIONS[rejection];
    const { log, limits } = this.#surroundings;
    const fields = { label: this.label, ip: this.#address, code: closeCode, rejection, detail };
    if (rejection === 'restarting') log.debug(fields, 'closed');
    else log.warn(fields, 'refused');
    this.#end();
    // A close frame would wait behind everything that this client does not read.
    if (this.queuedBytes > limits.laggingBytes) {
      this.#ws.terminate();
      return;
    }
    this.#ws.close(closeCode, reason);
    // Else the client's half of the closing handshake is never read.
    this.#ws.resume();
  }

  /** It was let in: what it sends is read from now on (R6). */
  admit(grant: LiveGrant): void {
    if (this.#state.type === 'over') {
      grant.release();
      return;
    }
    this.#grant = grant;
    this.#gate.admit();
    if (grant.role === 'viewer') this.#tellRole(grant.role);
    this.#settleReading();
  }

  /** Stock clients could not understand; they learn it by being refused. */
  roleChanged(role: Role): void {
    if (this.#state.type === 'inside') this.#state.member.roleChanged();
    this.#tellRole(role);
  }

  grantEnded(detail: string, rejection: GrantEnd): void {
    this.close(rejection, detail);
  }

  /** The room is open: what came before that goes first (R1). */
  enter(member: Member): void {
    if (this.#state.type !== 'joining') {
      member.leave();
      return;
    }
    const { waiting } = this.#state;
    this.#state = { type: 'inside', member };
    this.#gate.letGo();
    for (const message of waiting) this.#deliver(message);
    this.#settleReading();
  }

  /** One message from the client, as a view into what was read. */
  received(message: Buffer, isBinary: boolean): void {
    if (this.#state.type === 'over') return;
    this.#life.hear();
    const { limits, clock } = this.#surroundings;
    let mayReadOn = this.#gate.take(message.length, limits, clock.now());
    if (!isBinary) {
      this.close('malformed', 'a text message');
      return;
    }
    if (this.#state.type === 'joining') {
      // A copy: the view would keep everything that was read with it.
      this.#state.waiting.push(new Uint8Array(message));
      mayReadOn = this.#gate.hold(message.length) && mayReadOn;
    } else {
      this.#deliver(message);
    }
    if (!mayReadOn) this.#settleReading();
  }

  pinged(): void {
    if (this.#state.type === 'over') return;
    const { limits, clock } = this.#surroundings;
    this.#pings ??= new PingRate();
    if (this.#pings.isFlood(clock.now(), limits.pingsPerSecond)) this.close('too-fast', 'a flood of pings');
  }

  ponged(): void {
    this.#life.hear();
  }

  /** Everything written has been taken by the network. */
  drained(): void {
    if (this.#state.type === 'inside') this.#state.member.drained();
  }

  /** Comes several times between two pings (R4). */
  beat(isTimeToPing: boolean): void {
    if (this.#ws.readyState !== this.#ws.OPEN || !this.#gate.isOpen) return;
    if (this.#life.isDeadAfterBeat()) this.#giveUp('silent for two pings');
    else if (isTimeToPing) this.#ws.ping();
  }

  /** Reads on if it may by now; true when it does, or when there is nothing left to read. */
  readOn(): boolean {
    if (this.#state.type === 'over') return true;
    this.#settleReading();
    return this.#gate.isOpen;
  }

  /** Reads no more, because nothing that comes now could still be saved. */
  stopReading(): void {
    this.#gate.drain();
    this.#settleReading();
  }

  /** The transport broke a rule of RFC 6455, or broke; it closes by itself. */
  failed(error: Error): void {
    if (this.#state.type === 'over') return;
    const code = 'code' in error ? error.code : undefined;
    this.#surroundings.log.warn({ label: this.label, ip: this.#address, code, detail: error.message }, 'connection failed');
    this.#end();
  }

  closed(): void {
    this.#surroundings.gone(this);
    this.#end();
  }

  terminate(): void {
    this.#end();
    this.#ws.terminate();
  }

  #tellRole(role: Role): void {
    if (this.wantsProgress) this.write(this.framing.frame(encodeFrame({ type: 'notice', notice: { type: 'role', role } })));
  }

  #deliver(message: Uint8Array): void {
    if (this.#state.type !== 'inside') return;
    try {
      this.#state.member.receive(message);
    } catch (error) {
      if (error instanceof Rejected) {
        this.close(error.rejection, error.message);
        return;
      }
      this.#surroundings.log.error({ label: this.label, err: error }, 'a frame could not be handled');
      this.close('unreadable', 'an unexpected error');
    }
  }

  #settleReading(): void {
    const { limits, clock } = this.#surroundings;
    if (this.#state.type === 'over' || !this.#gate.settle(limits, clock.now())) return;
    if (this.#gate.isOpen) {
      this.#life.hear();
      this.#ws.resume();
    } else {
      this.#ws.pause();
      this.#surroundings.paused(this);
    }
  }

  #giveUp(detail: string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#surroundings.log.info({ label: this.label, ip: this.#address, detail }, 'connection lost');
    this.terminate();
  }

  /** The room may be in the middle of something when it refuses a peer, so leaving waits for the end of the turn. */
  #end(): void {
    const state = this.#state;
    if (state.type === 'over') return;
    this.#state = OVER;
    this.#grant?.release();
    if (state.type === 'inside') this.#surroundings.clock.atTurnEnd(() => state.member.leave());
  }
}
