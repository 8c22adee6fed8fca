/**
 * An editor's socket: the best transport that works, behind one face.
 *
 * R1  WebSocket first. When it is refused, or nothing has come of it within 1.5 seconds, HTTP is tried beside it, and the first
 *     that works is taken; the other one is dropped. Both work when the relay has spoken: a room that is slow to answer blocks
 *     neither. A WebSocket that is open by then may still be the one for half a second more.
 * R2  Whoever uses it sees one opening, one end, and every message in its order.
 * R3  What was found blocked is remembered for the relay: the next connection goes by HTTP at once. It says when WebSocket
 *     works again (blocked-relays.ts); where HTTP does not work either, nothing is called blocked.
 * R4  It ends when no way is left, with what was said over HTTP, which says more; at once with what only a relay can say, for
 *     that came through.
 */
import { mayComeBack } from '../../../shared/protocol/rejections';
import type { Clock } from '../../documents/clock';
import type { OpenSocket, Socket, SocketRequest, Transport } from '../socket';
import { Attempt } from './attempt';
import type { BlockedRelays } from './blocked-relays';
import { isOfRelay } from './close-code';
import { SocketFace } from './socket-face';

export const PATIENCE_MS = 1_500;
/** The relay speaks to both at once; a network may not bring it at once. */
export const GRACE_MS = 500;

export interface LadderParts {
  readonly openWebSocket: OpenSocket;
  readonly openHttp: OpenSocket;
  readonly blocked: BlockedRelays;
  readonly clock: Clock;
}

const OPEN = 1;

type Way = 'webSocket' | 'http';

export class LadderSocket extends SocketFace {
  onbetter: (() => void) | null = null;
  readonly #request: SocketRequest;
  readonly #parts: LadderParts;
  readonly #attempts = new Map<Way, Attempt>();
  #carrier: Socket | undefined;
  /** How HTTP ended. */
  #httpEnd: { readonly code: number; readonly reason: string } | undefined;
  /** Set while HTTP works and an open WebSocket may still be the one. */
  #takeHttp: (() => void) | undefined;
  #stopWaiting: () => void = () => undefined;

  constructor(request: SocketRequest, parts: LadderParts) {
    super();
    this.#request = request;
    this.#parts = parts;
    if (parts.blocked.has(request.relay)) {
      this.#try('http');
      return;
    }
    this.#try('webSocket');
    this.#stopWaiting = parts.clock.after(PATIENCE_MS, () => this.#try('http'));
  }

  get transport(): Transport {
    return this.#carrier?.transport ?? 'websocket';
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#carrier?.send(data);
  }

  protected release(): void {
    this.#stopWaiting();
    for (const attempt of this.#attempts.values()) attempt.drop();
    this.#attempts.clear();
  }

  #try(way: Way): void {
    this.#stopWaiting();
    const { openWebSocket, openHttp } = this.#parts;
    const open = way === 'http' ? openHttp : openWebSocket;
    const attempt = new Attempt(() => open(this.#request), {
      onReady: () => this.#ready(way, attempt),
      onFailed: (code, reason) => this.#failed(way, code, reason),
    });
    this.#attempts.set(way, attempt);
  }

  #ready(way: Way, attempt: Attempt): void {
    const take = (): void => this.#take(way, attempt);
    const isOpen = this.#attempts.get('webSocket')?.socket?.readyState === OPEN;
    if (way === 'webSocket' || !isOpen) {
      take();
      return;
    }
    this.#takeHttp = take;
    this.#stopWaiting = this.#parts.clock.after(GRACE_MS, take);
  }

  #take(way: Way, attempt: Attempt): void {
    this.#stopWaiting();
    for (const other of this.#attempts.values()) if (other !== attempt) other.drop();
    this.#carrier = attempt.socket;
    const { blocked } = this.#parts;
    const { relay } = this.#request;
    if (way === 'webSocket') blocked.remove(relay);
    else this.#stopWaiting = blocked.wait(this.#request, () => this.onbetter?.());
    this.tellOpen();
    attempt.takeOver({
      message: (data) => this.tellMessage(data),
      closed: (code, reason) => this.tellClose(code, reason),
    });
  }

  #failed(way: Way, code: number, reason: string): void {
    this.#attempts.delete(way);
    if (way === 'http') {
      if (this.#takeHttp !== undefined) this.#stopWaiting();
      this.#takeHttp = undefined;
      this.#httpEnd = { code, reason };
      this.#parts.blocked.doubt(this.#request.relay);
      if (this.#attempts.size === 0 || !mayComeBack(code)) this.tellClose(code, reason);
    } else if (isOfRelay(code)) this.tellClose(code, reason);
    else if (this.#httpEnd !== undefined) this.tellClose(this.#httpEnd.code, this.#httpEnd.reason);
    else if (this.#takeHttp !== undefined) this.#takeHttp();
    else if (!this.#attempts.has('http')) this.#try('http');
  }
}
