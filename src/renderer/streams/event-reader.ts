/**
 * Reads the events of one HTTP answer, as long as it goes on.
 *
 * R1  It ends once: with what the relay said, when it is cut, or after three heartbeats' worth of silence. From then on, and
 *     after `close`, nothing is told, not even the rest of what came in the same piece.
 * R2  Whatever ends it, nothing of it stays: no request, no timer.
 * R3  The secret goes to the address that was asked, and nowhere else: a redirection is an error.
 */
import { createParser } from 'eventsource-parser';
import type { Clock } from '../../shared/clock';
import type { StreamEnd, StreamWatcher } from './event-stream';
import { CUT, endByAnswer, SILENT, UNREACHABLE } from './stream-end';

/** Relays send a heartbeat every 15 seconds. */
export const SILENT_MS = 45_000;

export interface StreamParts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

export interface EventRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class EventReader {
  readonly #clock: Clock;
  readonly #watcher: StreamWatcher;
  readonly #request = new AbortController();
  readonly #parser = createParser({ onEvent: ({ event, data, id }) => this.#tell(event, data, id) });
  #pieces: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #heardAt: number;
  #stopListening: () => void;
  #isOver = false;

  constructor(request: EventRequest, { fetch, clock }: StreamParts, watcher: StreamWatcher) {
    this.#clock = clock;
    this.#watcher = watcher;
    this.#heardAt = clock.now();
    this.#stopListening = this.#listenFor(SILENT_MS);
    void this.#read(request, fetch);
  }

  /** Since anything was heard of the relay. */
  get quietMs(): number {
    return this.#clock.now() - this.#heardAt;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    this.#request.abort();
    // Node forgets which request a signal belongs to once it was answered (its garbage collector decides when).
    this.#pieces?.cancel().catch(() => undefined);
  }

  /** Ends it, as when the relay had said so. */
  end(end: StreamEnd): void {
    if (this.#isOver) return;
    this.close();
    this.#watcher.onEnd(end);
  }

  async #read({ url, ...init }: EventRequest, fetch: StreamParts['fetch']): Promise<void> {
    const { signal } = this.#request;
    let response: Response;
    try {
      response = await fetch(url, { ...init, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    } catch {
      this.end(UNREACHABLE);
      return;
    }
    if (!isEventStream(response)) {
      // Also when nobody waits for it any more: its connection is only free once it was read or given up.
      this.end(await endByAnswer(response));
      return;
    }
    const pieces = response.body.getReader();
    this.#pieces = pieces;
    if (this.#isOver) pieces.cancel().catch(() => undefined);
    const decoder = new TextDecoder();
    while (!this.#isOver) {
      // Only reading may fail here: what a watcher throws is no fault of the line.
      const piece = await pieces.read().catch(() => undefined);
      if (piece?.value === undefined) {
        this.end(CUT);
        return;
      }
      this.#heardAt = this.#clock.now();
      this.#parser.feed(decoder.decode(piece.value, { stream: true }));
    }
  }

  #tell(type: string | undefined, data: string, id: string | undefined): void {
    if (!this.#isOver) this.#watcher.onEvent(type ?? 'message', data, id);
  }

  /** One timer, set anew when it comes, not with every piece. */
  #listenFor(ms: number): () => void {
    return this.#clock.after(ms, () => {
      const left = SILENT_MS - this.quietMs;
      if (left > 0) this.#stopListening = this.#listenFor(left);
      else this.end(SILENT);
    });
  }
}

function isEventStream(response: Response): response is Response & { readonly body: ReadableStream<Uint8Array> } {
  const type = response.headers.get('Content-Type') ?? '';
  return response.status === 200 && response.body !== null && type.startsWith('text/event-stream');
}
