/**
 * Requests by HTTP/1.1: those whose bodies are still arriving, for which Node has one time however large they are, and those that
 * are being answered.
 *
 * R1  One that is late (request-times.ts) is answered with 408, unless its answer has begun, and its connection ends in either case.
 * R2  A server that closes lets answers under way come to their end, for a moment.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../rooms/ports';
import { Arrival, type Patience } from './request-times';

/** Between two looks at all of them. */
const LOOK_MS = 2_000;

export interface Http1RequestsOptions extends Patience {
  readonly clock: Clock;
  /** Answers what came too slowly, and ends its connection. */
  onLate(socket: Duplex): void;
}

export class Http1Requests {
  readonly #options: Http1RequestsOptions;
  readonly #arriving = new Map<IncomingMessage, { readonly arrival: Arrival; readonly response: ServerResponse }>();
  #unanswered = 0;
  #isLooking = false;

  constructor(options: Http1RequestsOptions) {
    this.#options = options;
  }

  /** Its head is there. */
  began(request: IncomingMessage, response: ServerResponse): void {
    const { headers, socket } = request;
    this.#unanswered++;
    response.once('close', () => this.#unanswered--);
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
    const { clock } = this.#options;
    this.#arriving.set(request, { arrival: new Arrival(this.#options, clock.now(), socket.bytesRead), response });
    if (!this.#isLooking) this.#lookLater();
  }

  /** R2. Resolves when all have been handed to the network, or after `deadlineMs`; whoever waits then cuts the connections. */
  async answered(deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    const endsAt = clock.now() + deadlineMs;
    while (this.#unanswered > 0 && clock.now() < endsAt) await new Promise<void>((resolve) => void clock.after(10, resolve));
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, onLate } = this.#options;
    for (const [request, { arrival, response }] of this.#arriving) {
      const { socket } = request;
      if (request.complete || socket.destroyed) this.#arriving.delete(request);
      else if (arrival.isLate(clock.now(), socket.bytesRead)) {
        this.#arriving.delete(request);
        if (response.headersSent) socket.destroy();
        else onLate(socket);
      }
    }
    this.#isLooking = false;
    if (this.#arriving.size > 0) this.#lookLater();
  }
}
