/** A client that writes without a WebSocket: frames up by numbered POSTs, one in flight, frames down by an event stream. */
import { encodeFrame, encodeVarUint, type Frame } from '../../src/shared/protocol/frames';
import { until } from './condition';
import { EventStreamClient } from './event-stream-client';

export interface PostAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Each frame after its length. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(frames.flatMap((frame) => [encodeVarUint(frame.length), frame])));
}

export interface PostWriterOptions {
  readonly headers?: Record<string, string>;
  /** Where POSTs go, if not where the stream comes from: a proxy. */
  readonly posts?: string;
  /** A feed that has the writer as a part; a stream of its own when left out. */
  readonly feed?: EventStreamClient;
}

export class PostWriter {
  readonly down: EventStreamClient;
  readonly #posts: string;
  readonly #document: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #isPart: boolean;

  constructor(address: string, document: string, { headers = {}, posts = address, feed }: PostWriterOptions = {}) {
    this.#posts = posts;
    this.#document = document;
    this.#headers = headers;
    this.#isPart = feed !== undefined;
    this.down =
      feed ?? new EventStreamClient(`${address}/documents/${document}/stream`, { headers: { 'Weft-Connection': 'new', ...headers } });
  }

  /** The newest of its document. */
  get connection(): string {
    return String(this.down.of('connection').findLast(({ document }) => document === this.#document)?.connection);
  }

  async opened(): Promise<this> {
    await until('a connection', () => this.connection !== 'undefined' || this.down.isEnded);
    return this;
  }

  async post(first: number, frames: readonly (Frame | Uint8Array)[], headers: Record<string, string> = {}): Promise<PostAnswer> {
    const encoded = frames.map((frame) => (frame instanceof Uint8Array ? frame : encodeFrame(frame)));
    return this.postBytes(first, joinFrames(encoded), headers);
  }

  async postBytes(first: number | string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<PostAnswer> {
    const answer = await fetch(`${this.#posts}/documents/${this.#document}/frames`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/octet-stream',
        'Weft-Connection': this.connection,
        'Weft-Frame': String(first),
        ...this.#headers,
        ...headers,
      },
      body,
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Sends all, whatever happens to requests and answers, in batches of `size`. Resolves with the number of requests. */
  async sendAll(frames: readonly Uint8Array[], size: () => number): Promise<number> {
    let taken = 0;
    let requests = 0;
    while (taken < frames.length) {
      requests++;
      let answer: PostAnswer;
      try {
        answer = await this.post(taken + 1, frames.slice(taken, taken + size()));
      } catch {
        // The answer was lost: the same again.
        continue;
      }
      if (answer.status !== 200 && answer.status !== 409)
        throw new Error(`POST was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      taken = Number(answer.body.received);
    }
    return requests;
  }

  /** What the relay says of the frames of this connection. */
  get progress(): { readonly received: number; readonly saved: number } {
    const last = this.frames().findLast((frame) => frame.type === 'progress');
    return last === undefined || last.type !== 'progress' ? { received: 0, saved: 0 } : { received: last.received, saved: last.saved };
  }

  /** What came down. */
  frames(): Frame[] {
    return this.#isPart ? this.down.frames(this.#document, 'writer') : this.down.frames();
  }

  async synced(): Promise<this> {
    await until('a sync-reply', () => this.frames().some(({ type }) => type === 'sync-reply'));
    return this;
  }
}
