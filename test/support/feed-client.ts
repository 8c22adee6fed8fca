/** A client of `POST /feeds` and `PATCH /feeds`. */
import { until } from './condition';
import { EventStreamClient } from './event-stream-client';
import { PostWriter } from './post-writer';

export interface PartForTest {
  readonly document: string;
  readonly kind: string;
  readonly secret?: string;
  readonly lastEventId?: string | undefined;
}

export interface ChangeAnswer {
  readonly status: number;
  /** What a refusal says. */
  readonly error: string | undefined;
  readonly reason: string | undefined;
}

export class FeedClient {
  readonly down: EventStreamClient;
  readonly #address: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(address: string, parts: readonly PartForTest[], headers: Record<string, string> = {}) {
    this.#address = address;
    this.#headers = headers;
    this.down = new EventStreamClient(`${address}/feeds`, { headers, body: parts });
  }

  /** Of the feed as a whole. */
  get id(): string {
    return String(this.down.of('connection').findLast(({ document }) => document === undefined)?.connection);
  }

  async opened(): Promise<this> {
    await until('the feed says its id', () => this.id !== 'undefined' || this.down.isEnded);
    return this;
  }

  /** @param body as JSON, unless it is text. */
  async change(body: unknown, headers: Record<string, string> = {}): Promise<ChangeAnswer> {
    const { Authorization } = this.#headers;
    const answer = await fetch(`${this.#address}/feeds`, {
      method: 'PATCH',
      headers: {
        'Content-Type': 'application/json',
        'Weft-Connection': this.id,
        ...(Authorization === undefined ? {} : { Authorization }),
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const said: { readonly error?: string; readonly reason?: string } = text === '' ? {} : JSON.parse(text);
    return { status: answer.status, error: said.error, reason: said.reason };
  }

  async add(...parts: readonly PartForTest[]): Promise<ChangeAnswer> {
    return this.change({ add: parts });
  }

  async remove(...parts: readonly PartForTest[]): Promise<ChangeAnswer> {
    return this.change({ remove: parts });
  }

  /** Of its part for the document. */
  writer(document: string, headers: Record<string, string> = {}): PostWriter {
    return new PostWriter(this.#address, document, { feed: this.down, headers });
  }

  /** What it is told of the end of its parts: `refused presence plan unauthorized`, `over writer plan`. */
  get ends(): string[] {
    return ['refused', 'over'].flatMap((type) =>
      this.down.of(type).map(({ kind, document, error }) => [type, kind, document, ...(error === undefined ? [] : [error])].join(' ')),
    );
  }
}
