/**
 * Requests by HTTP/1.1 whose bodies are still arriving. Node has one time for all of them, however large they are.
 *
 * R1  One that is late (request-times.ts) is answered with 408, unless it has its answer, and its connection ends.
 */
import type { IncomingMessage } from 'node:http';
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
  readonly #arriving = new Map<IncomingMessage, Arrival>();
  #isLooking = false;

  constructor(options: Http1RequestsOptions) {
    this.#options = options;
  }

  /** Its head is there. */
  began(request: IncomingMessage): void {
    const { headers, socket } = request;
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
    const { clock } = this.#options;
    this.#arriving.set(request, new Arrival(this.#options, clock.now(), socket.bytesRead));
    if (!this.#isLooking) this.#lookLater();
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, onLate } = this.#options;
    for (const [request, arrival] of this.#arriving) {
      const { socket } = request;
      if (request.complete || socket.destroyed) this.#arriving.delete(request);
      else if (arrival.isLate(clock.now(), socket.bytesRead)) {
        this.#arriving.delete(request);
        onLate(socket);
      }
    }
    this.#isLooking = false;
    if (this.#arriving.size > 0) this.#lookLater();
  }
}
