import { REJECTIONS } from '../../shared/protocol/rejections';
import type { Clock } from '../documents/clock';
import type { ConnectionEvent } from './connection-state';
import type { Door, DoorOptions } from './door';
import type { HeldDocument } from './held-document';
import { lookUpRelay, OTHER_RELAY } from './relay-lookup';

/** What an attempt has to know before a socket is used: which relay is there, and by what we get in. Tells it as events. */
export class Asking {
  readonly #options: Pick<DoorOptions, 'address' | 'fetch'> & { readonly clock: Clock };
  readonly #door: Door;
  readonly #held: HeldDocument;
  readonly #chance: () => number;
  readonly #tell: (event: ConnectionEvent) => void;
  /** Ends what is being asked, and what comes of its answer. */
  #question = new AbortController();

  /** @param chance 0 ≤ result < 1 */
  constructor(parts: {
    options: Pick<DoorOptions, 'address' | 'fetch'> & { readonly clock: Clock };
    door: Door;
    held: HeldDocument;
    chance: () => number;
    tell: (event: ConnectionEvent) => void;
  }) {
    this.#options = parts.options;
    this.#door = parts.door;
    this.#held = parts.held;
    this.#chance = parts.chance;
    this.#tell = parts.tell;
  }

  /** @param isKnownOneInUse then only the known relay will do. */
  async lookUp(turn: number, isKnownOneInUse: boolean): Promise<void> {
    const { address, fetch, clock } = this.#options;
    const signal = this.#ask();
    const [lookup] = await Promise.all([lookUpRelay(address.relay, { fetch, signal }), this.#door.refresh()]);
    if (signal.aborted) return;
    if (lookup.type === 'not-found') {
      this.#tellUnanswered(turn, lookup.reason);
      return;
    }
    if (isKnownOneInUse && lookup.health.relay !== this.#held.relayId) {
      this.#tellUnanswered(turn, OTHER_RELAY);
      return;
    }
    const isOther = await this.#held.meet(lookup.health.relay);
    if (signal.aborted) return;
    await this.#door.meet(lookup.health, { isOther, signal });
    if (!signal.aborted) this.#tell({ type: 'relay-found', turn, at: clock.now(), isOther });
  }

  async seekAdmission(turn: number): Promise<void> {
    const signal = this.#ask();
    const verdict = await this.#door.seek(signal);
    if (signal.aborted) return;
    switch (verdict.type) {
      case 'let-in': {
        const { entry } = this.#held.connecting;
        const isAsExpected = entry !== undefined && entry.secret === verdict.secret && entry.role === verdict.role;
        this.#tell({ type: 'admitted', turn, isAsExpected, mustReplace: this.#held.wouldLose(verdict.role) });
        return;
      }
      case 'unanswered':
        this.#tellUnanswered(turn, verdict.reason);
        return;
      case 'refused':
        this.#tell({ type: 'not-admitted', turn, needs: 'link', reason: verdict.isTaken ? TAKEN : REJECTIONS.unauthorized.reason });
        return;
      case 'no-link':
        this.#tell({ type: 'not-admitted', turn, needs: 'link-or-beginning', reason: NO_LINK });
        return;
      case 'needs-relay-key':
        this.#tell({ type: 'not-admitted', turn, needs: 'relay-key', reason: verdict.isWrong ? WRONG_KEY : NO_KEY });
    }
  }

  stop(): void {
    this.#question.abort();
  }

  #ask(): AbortSignal {
    this.#question = new AbortController();
    return this.#question.signal;
  }

  #tellUnanswered(turn: number, reason: string): void {
    this.#tell({ type: 'ended', turn, at: this.#options.clock.now(), random: this.#chance(), cause: { type: 'unanswered', reason } });
  }
}

const NO_LINK =
  'This address has no key in it; it was probably copied from the address bar. Ask whoever sent it for a link made with Share.';
const TAKEN = 'Somebody has made this document already, and lets people in by links alone; ask for one made with Share.';
const NO_KEY = 'New documents on this relay need its key; ask whoever runs it.';
const WRONG_KEY = 'This is not the key of the relay; ask whoever runs it for the present one.';
