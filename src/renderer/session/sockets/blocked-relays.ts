/**
 * Where WebSockets do not get through: a network that blocks them blocks them for every document of a relay.
 *
 * R1  A relay that was found blocked is tried again while somebody would be better off: after 30 seconds, then ever less
 *     often, at least every five minutes; and at once when the network is another.
 * R2  When it works again, everybody who waits for it is told, once.
 * R3  A way that opens and is blocked again soon after is not tried as eagerly as the first time.
 * R4  A trial brings no secret: in another network somebody else may be at this address. That the relay refuses it for that is an
 *     answer too, and comes through.
 * R5  With nobody left who waits, nothing is under way.
 */
import { REJECTIONS } from '../../../shared/protocol/rejections';
import type { Clock } from '../../documents/clock';
import type { OpenSocket, SocketRequest } from '../socket';
import { Attempt } from './attempt';

export const FIRST_WAIT_MS = 30_000;
export const LONGEST_WAIT_MS = 5 * 60_000;
/** How long a trial may take. */
const TRIAL_MS = 5_000;

export interface BlockedRelaysParts {
  readonly openWebSocket: OpenSocket;
  readonly clock: Clock;
  /** Calls when there is a network again, which may be another; returns its own end. */
  readonly onOnline: (callback: () => void) => () => void;
}

interface Waiting {
  readonly request: SocketRequest;
  readonly onBetter: () => void;
}

interface Blocked {
  /** Until the next trial. */
  waitMs: number;
  triedAt: number;
  readonly waiting: Set<Waiting>;
  /** Ends what is under way for it. */
  stop: () => void;
}

export class BlockedRelays {
  readonly #parts: BlockedRelaysParts;
  readonly #blocked = new Map<string, Blocked>();
  /** How long was waited the last time, of relays that work again. */
  readonly #before = new Map<string, { readonly waitMs: number; readonly at: number }>();
  #stopHearing: (() => void) | undefined;

  constructor(parts: BlockedRelaysParts) {
    this.#parts = parts;
  }

  has(relay: string): boolean {
    return this.#blocked.has(relay);
  }

  /** A WebSocket got through (R2). */
  remove(relay: string): void {
    const blocked = this.#blocked.get(relay);
    if (blocked === undefined) return;
    blocked.stop();
    this.#blocked.delete(relay);
    this.#before.set(relay, { waitMs: blocked.waitMs, at: this.#parts.clock.now() });
    this.#hearIfNeeded();
    for (const { onBetter } of [...blocked.waiting]) onBetter();
  }

  /** Nothing else gets through either: the next connection may as well try a WebSocket first. */
  doubt(relay: string): void {
    if (this.#blocked.get(relay)?.waiting.size === 0) this.remove(relay);
  }

  /** Of whoever has to do without a WebSocket: none got through. @param request for the trials. Returns its own end. */
  wait(request: SocketRequest, onBetter: () => void): () => void {
    const { relay } = request;
    const blocked = this.#blocked.get(relay) ?? this.#begin(relay);
    const waiting: Waiting = { request, onBetter };
    blocked.waiting.add(waiting);
    if (blocked.waiting.size === 1) this.#schedule(relay, blocked);
    this.#hearIfNeeded();
    return () => {
      if (!blocked.waiting.delete(waiting) || blocked.waiting.size > 0) return;
      blocked.stop();
      this.#hearIfNeeded();
    };
  }

  #begin(relay: string): Blocked {
    const now = this.#parts.clock.now();
    const before = this.#before.get(relay);
    // R3
    const isSoonAfter = before !== undefined && now - before.at < LONGEST_WAIT_MS;
    const waitMs = isSoonAfter ? longer(before.waitMs) : FIRST_WAIT_MS;
    const blocked: Blocked = { waitMs, triedAt: now, waiting: new Set(), stop: () => undefined };
    this.#blocked.set(relay, blocked);
    return blocked;
  }

  #schedule(relay: string, blocked: Blocked): void {
    const { clock } = this.#parts;
    const ms = Math.max(0, blocked.triedAt + blocked.waitMs - clock.now());
    blocked.stop = clock.after(ms, () => this.#try(relay, blocked));
  }

  #try(relay: string, blocked: Blocked): void {
    const [waiting] = blocked.waiting;
    if (waiting === undefined) return;
    const { clock, openWebSocket } = this.#parts;
    blocked.triedAt = clock.now();
    const end = (isThrough: boolean): void => {
      blocked.stop();
      if (isThrough) {
        this.remove(relay);
        return;
      }
      blocked.waitMs = longer(blocked.waitMs);
      this.#schedule(relay, blocked);
    };
    const trial = new Attempt(() => openWebSocket({ ...waiting.request, secret: undefined }), {
      onReady: () => end(true),
      onFailed: (code) => end(code === REJECTIONS.unauthorized.closeCode),
    });
    const callOff = clock.after(TRIAL_MS, () => end(false));
    blocked.stop = () => {
      callOff();
      trial.drop();
    };
  }

  #hearIfNeeded(): void {
    const isNeeded = [...this.#blocked.values()].some(({ waiting }) => waiting.size > 0);
    if (isNeeded) this.#stopHearing ??= this.#parts.onOnline(() => this.#tryAll());
    else {
      this.#stopHearing?.();
      this.#stopHearing = undefined;
    }
  }

  #tryAll(): void {
    for (const [relay, blocked] of this.#blocked) {
      blocked.stop();
      this.#try(relay, blocked);
    }
  }
}

function longer(waitMs: number): number {
  return Math.min(2 * waitMs, LONGEST_WAIT_MS);
}
