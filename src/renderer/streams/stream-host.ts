/**
 * The streams of all pages of a browser, in a worker that they share.
 *
 * R1  A page's streams end with the page, whether it said so or not: at once by the lock that it holds while it lives. Pages of
 *     a relay without TLS may not hold locks: a page that leaves two pings unanswered is gone, which takes up to 30 seconds.
 * R2  A page that was taken for gone and was only asleep finds its streams ended, and may open others.
 * R3  Without pages, no timer runs.
 */
import type { Clock } from '../../shared/clock';
import type { OpenStream, Stream } from './event-stream';
import type { MessageEnd, PageMessage, WorkerMessage } from './port-messages';
import { CUT } from './stream-end';

export const PING_MS = 10_000;
const MOST_UNANSWERED = 2;

interface Page {
  readonly port: MessageEnd;
  readonly streams: Map<number, Stream>;
  unanswered: number;
}

export class StreamHost {
  readonly #openStream: OpenStream;
  readonly #clock: Clock;
  readonly #whenReleased: (lock: string) => Promise<unknown>;
  readonly #pages = new Set<Page>();
  #stopPinging: (() => void) | undefined;

  /** @param whenReleased resolves when nobody holds the lock. */
  constructor(openStream: OpenStream, clock: Clock, whenReleased: (lock: string) => Promise<unknown>) {
    this.#openStream = openStream;
    this.#clock = clock;
    this.#whenReleased = whenReleased;
  }

  connect(port: MessageEnd): void {
    const page: Page = { port, streams: new Map(), unanswered: 0 };
    port.onmessage = ({ data }: { readonly data: PageMessage }) => this.#take(page, data);
    this.#hear(page);
    // A page knows by the first one that there is a worker.
    this.#ping(page);
  }

  #take(page: Page, message: PageMessage): void {
    this.#hear(page);
    switch (message.type) {
      case 'open':
        this.#open(page, message);
        return;
      case 'probe':
        page.streams.get(message.id)?.probe?.();
        return;
      case 'close':
        page.streams.get(message.id)?.close();
        page.streams.delete(message.id);
        return;
      case 'lock':
        void this.#whenReleased(message.name).then(() => this.#remove(page));
        return;
      case 'are you there':
        this.#ping(page);
    }
  }

  #open(page: Page, { id, request }: Extract<PageMessage, { type: 'open' }>): void {
    const stream = this.#openStream(request, {
      onEvent: (event, data, eventId) => tell(page, { type: 'event', id, event, data, eventId }),
      onEnd: (end) => {
        page.streams.delete(id);
        tell(page, { type: 'end', id, end });
      },
    });
    page.streams.set(id, stream);
  }

  #hear(page: Page): void {
    page.unanswered = 0;
    this.#pages.add(page);
    this.#stopPinging ??= this.#schedule();
  }

  #schedule(): () => void {
    return this.#clock.after(PING_MS, () => {
      this.#stopPinging = this.#schedule();
      for (const page of [...this.#pages]) {
        if (page.unanswered >= MOST_UNANSWERED) this.#remove(page);
        else this.#ping(page);
      }
    });
  }

  #ping(page: Page): void {
    page.unanswered++;
    tell(page, { type: 'ping' });
  }

  #remove(page: Page): void {
    this.#pages.delete(page);
    if (this.#pages.size === 0) {
      this.#stopPinging?.();
      this.#stopPinging = undefined;
    }
    const streams = [...page.streams];
    page.streams.clear();
    for (const [id, stream] of streams) {
      stream.close();
      tell(page, { type: 'end', id, end: CUT });
    }
  }
}

function tell({ port }: Page, message: WorkerMessage): void {
  port.postMessage(message);
}
