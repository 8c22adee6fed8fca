/**
 * A peer at the other end of a WebSocket.
 *
 * R1  Frames reach the room in the order they came, also those that came before it was open.
 * R2  After its first refusal a peer is over: what is still in the line is ignored, and it leaves the room once.
 * R3  Too much to read pauses reading, and never closes.
 * R4  A connection that is silent for the time of two pings is dead. Any message is a sign of life; being paused is no
 *     silence. Silence is counted in beats, not by the clock: a machine that slept would find everybody silent.
 * R5  One probe at a time: whoever makes others ask for signs of life cannot make them ask often.
 * R6  Nothing is read before it was let in. Its role is that of its grant at the moment of each frame.
 * R7  Whoever comes by a socket means to write. One that may not is told so at once: its role may have changed on the way.
 */
import type { Socket } from 'node:net';
import { encodeFrame, SUBPROTOCOL_WEFT } from '../../src/shared/protocol/frames';
import { REJECTIONS, Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { GrantHolder, LiveGrant } from '../access/live-grants';
import type { RelayLimits } from '../rooms/limits';
import type { Clock, Log, Peer } from '../rooms/ports';
import { ReadBudget } from './read-budget';
import type { RelayWebSocket } from './relay-websocket';
import { webSocketFraming } from './websocket-framing';

/** What a peer does in its room. */
export interface RoomMember {
  /** Throws {@link Rejected}. */
  receive(message: Uint8Array): void;
  drained(): void;
  roleChanged(): void;
  leave(): void;
}

/** What all peers of a relay share. */
export interface PeerSurroundings {
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls {@link WebSocketPeer.readOn} from time to time, until it says that it reads again. */
  paused(peer: WebSocketPeer): void;
}

/** Bytes that wait for the room to open; beyond, reading pauses. */
const MOST_WAITING_BYTES = 64 * 1024;
/** Between two pings. Silence is looked at with each, so that a dead line is noticed soon after two pings. */
export const BEATS_PER_PING = 8;
const SILENT_BEATS = 2 * BEATS_PER_PING;
const PING_WINDOW_MS = 1_000;

type State =
  | { readonly type: 'joining'; readonly waiting: Uint8Array[] }
  | { readonly type: 'inside'; readonly member: RoomMember }
  | { readonly type: 'over' };

const OVER: State = { type: 'over' };

export class WebSocketPeer implements Peer, GrantHolder {
  readonly label: string;
  readonly framing = webSocketFraming;
  readonly #ws: RelayWebSocket;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #surroundings: PeerSurroundings;
  readonly #budget: ReadBudget;
  #state: State = { type: 'joining', waiting: [] };
  #waitingBytes = 0;
  #isDraining = false;
  #isPaused = true;
  #grant: LiveGrant | undefined;
  #signsOfLife = 0;
  #silentBeats = 0;
  #isProbing = false;
  #pings = 0;
  #pingWindowEndsAt = 0;

  constructor(ws: RelayWebSocket, socket: Socket, label: string, surroundings: PeerSurroundings) {
    this.label = label;
    this.#ws = ws;
    this.#socket = socket;
    this.#address = socket.remoteAddress ?? '';
    this.#surroundings = surroundings;
    this.#budget = new ReadBudget(surroundings.limits, surroundings.clock.now());
    ws.pause();
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
    if (this.#isProbing || this.#ws.readyState !== this.#ws.OPEN) return;
    this.#isProbing = true;
    const before = this.#signsOfLife;
    this.#ws.ping();
    this.#surroundings.clock.after(deadlineMs, () => {
      this.#isProbing = false;
      if (this.#signsOfLife === before && !this.#isPaused) this.#giveUp('did not answer a probe');
    });
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
    if (grant.role === 'viewer') this.#tellRole(grant.role);
    this.#settleReading();
  }

  /** Stock clients could not understand; they learn it by being refused. */
  roleChanged(role: Role): void {
    if (this.#state.type === 'inside') this.#state.member.roleChanged();
    this.#tellRole(role);
  }

  grantEnded(detail: string): void {
    this.close('unauthorized', detail);
  }

  /** The room is open: what came before that goes first (R1). */
  enter(member: RoomMember): void {
    if (this.#state.type !== 'joining') {
      member.leave();
      return;
    }
    const { waiting } = this.#state;
    this.#state = { type: 'inside', member };
    this.#waitingBytes = 0;
    for (const message of waiting) this.#deliver(message);
    this.#settleReading();
  }

  /** One message from the client, as a view into what was read. */
  received(message: Buffer, isBinary: boolean): void {
    if (this.#state.type === 'over') return;
    this.#hear();
    const { limits, clock } = this.#surroundings;
    const mayReadOn = this.#budget.take(message.length, limits, clock.now());
    if (!isBinary) {
      this.close('malformed', 'a text message');
      return;
    }
    if (this.#state.type === 'joining') {
      // A copy: the view would keep everything that was read with it.
      this.#state.waiting.push(new Uint8Array(message));
      this.#waitingBytes += message.length;
    } else {
      this.#deliver(message);
    }
    if (!mayReadOn || this.#waitingBytes > MOST_WAITING_BYTES) this.#settleReading();
  }

  pinged(): void {
    if (this.#state.type === 'over') return;
    const { limits, clock } = this.#surroundings;
    const now = clock.now();
    if (now >= this.#pingWindowEndsAt) {
      this.#pings = 0;
      this.#pingWindowEndsAt = now + PING_WINDOW_MS;
    }
    if (++this.#pings > limits.pingsPerSecond) this.close('too-fast', 'a flood of pings');
  }

  ponged(): void {
    this.#hear();
  }

  /** Everything written has been taken by the network. */
  drained(): void {
    if (this.#state.type === 'inside') this.#state.member.drained();
  }

  /** Comes {@link BEATS_PER_PING} times between two pings (R4). */
  beat(isTimeToPing: boolean): void {
    if (this.#ws.readyState !== this.#ws.OPEN || this.#isPaused) return;
    // One more than the time takes: the first may have come right after a sign of life.
    if (++this.#silentBeats > SILENT_BEATS) this.#giveUp('silent for two pings');
    else if (isTimeToPing) this.#ws.ping();
  }

  /** Reads on if it may by now; true when it does, or when there is nothing left to read. */
  readOn(): boolean {
    if (this.#state.type === 'over') return true;
    this.#settleReading();
    return !this.#isPaused;
  }

  /** Reads no more, because nothing that comes now could still be saved. */
  stopReading(): void {
    this.#isDraining = true;
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
    const mustPause =
      this.#grant === undefined ||
      this.#isDraining ||
      this.#waitingBytes > MOST_WAITING_BYTES ||
      !this.#budget.isInCredit(limits, clock.now());
    if (mustPause === this.#isPaused || this.#state.type === 'over') return;
    this.#isPaused = mustPause;
    if (mustPause) {
      this.#ws.pause();
      this.#surroundings.paused(this);
    } else {
      this.#hear();
      this.#ws.resume();
    }
  }

  #hear(): void {
    this.#signsOfLife++;
    this.#silentBeats = 0;
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
