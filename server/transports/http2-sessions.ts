/**
 * HTTP/2 connections, held to what HTTP/1.1 ones are held to: there, one connection is one request at a time, and Node looks at
 * the times of each. Here one connection carries many, and Node looks at none.
 *
 * R1  A connection without a request is closed: one that never sent a whole head soon, one that has been used later.
 * R2  A request whose body does not arrive in time (request-times.ts) is answered with 408 and ended.
 * R3  An answer of which nothing is taken for a minute is ended.
 * R4  Requests that are broken off, by the client or because of what it did (CVE-2023-44487, CVE-2025-8671), are counted: beyond
 *     a burst the connection ends. They cost the relay work, and are in none of the limits on what goes on at once. (nghttp2
 *     says GOAWAY after 1,000, and leaves the connection where it is.)
 * R5  Requests in progress are bounded over all connections together, as connections are.
 */
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Clock, Log } from '../rooms/ports';
import { Arrival, type Patience } from './request-times';

export interface Http2SessionsOptions extends Patience {
  readonly clock: Clock;
  readonly log: Log;
  /** Requests in progress, of all connections. */
  readonly requests: number;
  readonly headMs: number;
}

/** Between two looks at all connections. */
const LOOK_MS = 2_000;
const UNUSED_MS = 60_000;
const UNREAD_MS = 60_000;
/** R4: a browser that leaves a page breaks off a few dozen; a proxy may do so for many people at once. */
export const MOST_BROKEN_OFF = 500;
const BROKEN_OFF_WINDOW_MS = 10_000;

interface Session {
  readonly session: ServerHttp2Session;
  readonly address: string | undefined;
  readonly requests: Set<Request>;
  /** When it is to be closed, while it has no request. */
  closesAt: number;
  brokenOff: number;
  windowEndsAt: number;
}

interface Request {
  readonly stream: ServerHttp2Stream;
  readonly arrival: Arrival;
  /** When the client last took of the answer all that was there for it. */
  takenAt: number;
}

export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  #requests = 0;
  #cancel: () => void;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
    this.#cancel = options.clock.after(LOOK_MS, () => this.#look());
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** R5 */
  get isFull(): boolean {
    return this.#requests > this.#options.requests;
  }

  /** A connection is there: `session` of a server. */
  opened(session: ServerHttp2Session): void {
    const { clock, headMs } = this.#options;
    const held: Session = {
      session,
      address: session.socket?.remoteAddress,
      requests: new Set(),
      closesAt: clock.now() + headMs,
      brokenOff: 0,
      windowEndsAt: 0,
    };
    this.#sessions.set(session, held);
    session.once('close', () => this.#sessions.delete(session));
  }

  /** A request has begun: `stream` of a server. */
  began(stream: ServerHttp2Stream): void {
    const held = stream.session === undefined ? undefined : this.#sessions.get(stream.session as ServerHttp2Session);
    if (held === undefined) return;
    const { clock } = this.#options;
    const now = clock.now();
    const request: Request = { stream, arrival: new Arrival(this.#options, now, bytesOf(held)), takenAt: now };
    stream.on('drain', () => {
      request.takenAt = clock.now();
    });
    held.requests.add(request);
    this.#requests++;
    stream.once('close', () => {
      held.requests.delete(request);
      this.#requests--;
      held.closesAt = clock.now() + UNUSED_MS;
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.#countBrokenOff(held);
    });
  }

  /** Lets what is under way come to its end, then cuts. */
  async close(deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#cancel();
    for (const session of this.#sessions.keys()) session.close();
    const endsAt = clock.now() + deadlineMs;
    while (this.#sessions.size > 0 && clock.now() < endsAt) await new Promise<void>((resolve) => void clock.after(10, resolve));
    for (const session of [...this.#sessions.keys()]) session.destroy();
  }

  #look(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(LOOK_MS, () => this.#look());
    const now = clock.now();
    for (const held of this.#sessions.values()) {
      const { session, requests, closesAt } = held;
      const bytes = bytesOf(held);
      // Not `close`: what a client that never sends a request does not read would keep it.
      if (requests.size === 0 && closesAt <= now) session.destroy();
      for (const request of requests) this.#lookAt(request, now, bytes);
    }
  }

  /** R2, R3 */
  #lookAt(request: Request, now: number, bytes: number): void {
    const { stream } = request;
    if (stream.writableLength === 0) request.takenAt = now;
    else if (now - request.takenAt >= UNREAD_MS) stream.close(constants.NGHTTP2_CANCEL);
    // Whether anybody read it is another matter.
    const isWhole = stream.state.remoteClose === 1;
    if (isWhole || !request.arrival.isLate(now, bytes)) return;
    if (!stream.headersSent) stream.respond({ [constants.HTTP2_HEADER_STATUS]: 408 }, { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** R4 */
  #countBrokenOff(held: Session): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    if (now >= held.windowEndsAt) {
      held.brokenOff = 0;
      held.windowEndsAt = now + BROKEN_OFF_WINDOW_MS;
    }
    if (++held.brokenOff !== MOST_BROKEN_OFF) return;
    log.warn({ ip: held.address, rejection: 'too-fast', detail: 'too many requests that are broken off' }, 'refused');
    held.session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

function bytesOf({ session }: Session): number {
  return session.socket?.bytesRead ?? 0;
}
