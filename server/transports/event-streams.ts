/**
 * All event streams of the relay: who gets one, and the one timer that all share.
 *
 * R1  Streams count as connections: the relay's limit, and the rate of one address, are the same as for sockets.
 * R2  When the relay stops, no stream stays.
 * R3  Streams that began together do not all come back together when their time is up.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { AttemptsPerMinute } from '../access/attempts-per-minute';
import type { ClientAddresses } from '../access/client-addresses';
import type { RelayLimits } from '../rooms/limits';
import type { Clock } from '../rooms/ports';
import { BEATS_PER_HEARTBEAT, EventStream } from './event-stream';

export interface EventStreamsOptions {
  readonly limits: Pick<RelayLimits, 'beatMs' | 'connections'>;
  readonly clock: Clock;
  /** The one that sockets have too (R1). */
  readonly rate: AttemptsPerMinute;
  readonly addresses: ClientAddresses;
  /** Connections of other kinds. */
  otherConnections(): number;
  /** How long a stream may live. Milliseconds; an hour unless a test says otherwise. */
  readonly lifetimeMs?: number;
}

const LIFETIME_MS = 60 * 60_000;
/** Lifetimes differ by up to a tenth (R3). */
const SPREAD = 16;
const SPREAD_PART = 1 / 160;

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Map<number, EventStream>();
  #lastNumber = 0;
  #beats = 0;
  #isStopping = false;
  #stopBeating: () => void;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#stopBeating = this.#scheduleBeat();
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Counts an attempt to connect. @throws {Rejected} `restarting`, `too-fast`, `full`. */
  admit(request: IncomingMessage): void {
    const { limits, otherConnections } = this.#options;
    this.admitPart(request);
    if (this.count + otherConnections() >= limits.connections) throw new Rejected('full', 'too many connections');
  }

  /** The same for what joins a stream that is open: it is one attempt too (R1). @throws {Rejected} `restarting`, `too-fast`. */
  admitPart(request: IncomingMessage): void {
    const { clock, rate, addresses } = this.#options;
    if (this.#isStopping) throw new Rejected('restarting');
    if (rate.attempt(addresses.of(request), clock.now()) > 0) throw new Rejected('too-fast', 'too many connections');
  }

  /** Answers with a stream. `undefined` when the client is gone already. */
  open(response: ServerResponse): EventStream | undefined {
    if (response.destroyed || response.writableEnded) return undefined;
    if (response.socket === null && response.req.httpVersionMajor === 1) {
      // Sent behind another request on the same connection: it would wait for an answer that never ends.
      response.req.socket.destroy();
      return undefined;
    }
    const number = ++this.#lastNumber;
    const stream = new EventStream(response, {
      label: `stream-${number}`,
      lifetimeBeats: this.#lifetimeBeats(number),
      onEnd: () => this.#streams.delete(number),
    });
    this.#streams.set(number, stream);
    return stream;
  }

  /** Ends all; clients come back by themselves. */
  close(): void {
    this.#isStopping = true;
    this.#stopBeating();
    for (const stream of [...this.#streams.values()]) stream.finish();
  }

  #lifetimeBeats(number: number): number {
    const { limits, lifetimeMs = LIFETIME_MS } = this.#options;
    const beats = (lifetimeMs * BEATS_PER_HEARTBEAT) / limits.beatMs;
    return Math.max(1, Math.round(beats * (1 - (number % SPREAD) * SPREAD_PART)));
  }

  #scheduleBeat(): () => void {
    const { limits, clock } = this.#options;
    return clock.after(limits.beatMs / BEATS_PER_HEARTBEAT, () => this.#beat());
  }

  /** Each beat speaks to its share of the streams, so that not all are written to in one moment. */
  #beat(): void {
    this.#stopBeating = this.#scheduleBeat();
    const share = ++this.#beats % BEATS_PER_HEARTBEAT;
    for (const [number, stream] of this.#streams) stream.beat(number % BEATS_PER_HEARTBEAT === share);
  }
}
