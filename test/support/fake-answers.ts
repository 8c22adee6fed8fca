/** A `fetch` whose other end is the test: it sees what was asked, and answers when and how it likes. */
import { until } from './condition';

export class AskedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
  readonly init: RequestInit;
  #answer: (response: Response) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #pieces: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly answered = new Promise<Response>((resolve, reject) => {
    this.#answer = resolve;
    this.#fail = reject;
  });

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.init = init;
    this.method = init.method ?? 'GET';
    this.headers = new Headers(init.headers);
    this.body = init.body;
    this.signal = init.signal ?? undefined;
    this.signal?.addEventListener('abort', () => {
      this.fails();
      this.#pieces?.error(new Error('aborted'));
      this.#pieces = undefined;
    });
  }

  get isAborted(): boolean {
    return this.signal?.aborted === true;
  }

  /** No answer. */
  fails(): void {
    this.#fail(new TypeError('failed to fetch'));
  }

  says(status: number, body: unknown, type = 'application/json; charset=utf-8'): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.#answer(new Response(status === 204 ? null : text, { status, headers: { 'Content-Type': type } }));
  }

  /** The stream begins. */
  streams(): this {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#pieces = controller;
      },
    });
    this.#answer(new Response(body, { status: 200, headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } }));
    return this;
  }

  /** One piece of the stream. */
  writes(text: string | Uint8Array): void {
    this.#pieces?.enqueue(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  }

  tells(event: string, data: unknown, id?: string): void {
    const line = typeof data === 'string' ? data : JSON.stringify(data);
    this.writes(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${line}\n\n`);
  }

  /** The stream is over. */
  ends(): void {
    this.#pieces?.close();
    this.#pieces = undefined;
  }

  isCut(): void {
    this.#pieces?.error(new Error('cut'));
    this.#pieces = undefined;
  }
}

export class FakeAnswers {
  readonly all: AskedRequest[] = [];

  readonly fetch = (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const asked = new AskedRequest(String(url), init);
    this.all.push(asked);
    return asked.answered;
  };

  /** The requests to addresses that end so. */
  to(path: string): AskedRequest[] {
    return this.all.filter(({ url }) => url.endsWith(path));
  }

  get last(): AskedRequest {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error('nothing was asked');
    return last;
  }

  async asked(path: string, count = 1): Promise<AskedRequest> {
    await until(`${count} × ${path}`, () => this.to(path).length >= count);
    return this.to(path)[count - 1] as AskedRequest;
  }
}
