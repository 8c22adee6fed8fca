/**
 * Whether whoever answers at a relay's address is still the relay that let us in. In another network the address may be
 * somebody else's, and a request goes to whoever has it: with its secret, and with text.
 *
 * R1  What was heard of the relay within five seconds says so. After that, after a request that it did not answer, and after a
 *     change of network, whoever is there is asked who it is, by a request that says nothing of us.
 * R2  The id is no proof against somebody who wants to be taken for the relay: only TLS is.
 */
import type { Clock } from '../../documents/clock';
import { lookUpRelay } from '../relay-lookup';
import type { SocketRequest } from '../socket';

const SIGHT_MS = 5_000;
const ANSWER_MS = 10_000;

export type Sight = 'same' | 'other' | 'nobody';

export interface SightParts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Calls when the network may be another; returns its own end. */
  readonly onNetworkChange?: (callback: () => void) => () => void;
}

export class RelaySight {
  readonly #request: Pick<SocketRequest, 'relay' | 'relayId'>;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  #heardAt: number;
  /** So far, and how many of them an answer has settled. */
  #doubts = 0;
  #settled = 0;
  /** Hears of the network no more. */
  readonly end: () => void;

  /** To be made when the relay was just seen. */
  constructor(request: Pick<SocketRequest, 'relay' | 'relayId'>, parts: SightParts) {
    this.#request = request;
    this.#fetch = parts.fetch;
    this.#clock = parts.clock;
    this.#heardAt = parts.clock.now();
    this.end = parts.onNetworkChange?.(() => this.doubt()) ?? (() => undefined);
  }

  /** R1: nothing has to be asked. */
  get isFresh(): boolean {
    return this.#doubts === this.#settled && this.#clock.now() - this.#heardAt <= SIGHT_MS;
  }

  /** The relay said something. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  doubt(): void {
    this.#doubts++;
  }

  /** Never rejects. */
  async look(signal: AbortSignal): Promise<Sight> {
    const doubts = this.#doubts;
    const request = new AbortController();
    const giveUp = () => request.abort();
    const callOff = this.#clock.after(ANSWER_MS, giveUp);
    signal.addEventListener('abort', giveUp);
    const lookup = await lookUpRelay(this.#request.relay, { fetch: this.#fetch, signal: request.signal });
    callOff();
    signal.removeEventListener('abort', giveUp);
    if (lookup.type === 'found' && lookup.health.relay === this.#request.relayId()) {
      this.heard();
      this.#settled = doubts;
      // The network has changed once more since it was asked.
      return this.#doubts > doubts ? await this.look(signal) : 'same';
    }
    this.doubt();
    return lookup.type === 'found' ? 'other' : 'nobody';
  }
}
