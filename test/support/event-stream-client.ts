/** A client of event streams over real HTTP, which keeps every event and can be cut at will. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { Duplex, Readable, Writable } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import * as Y from 'yjs';
import { decodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { decodeAwareness } from '../../src/shared/protocol/presence';
import { until } from './condition';
import type { Http2Client } from './http2-client';

export interface EventStreamClientOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** As one of the streams of this connection; else by HTTP/1.1, on a connection of its own. */
  readonly over?: Http2Client;
  /** Reads nothing of the answer but its head, until {@link EventStreamClient.readOn}. */
  readonly isDeaf?: boolean;
}

export interface SeenPerson {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly role: string;
  readonly cursor?: { readonly anchor: object; readonly head: object };
}

const open = new Set<EventStreamClient>();

/** For `afterEach`. */
export function endEventStreamClients(): void {
  for (const client of open) client.cut();
}

export class EventStreamClient {
  readonly events: EventSourceMessage[] = [];
  /** All bytes as text. */
  text = '';
  retryMs: number | undefined;
  status = 0;
  headers: IncomingHttpHeaders = {};
  isEnded = false;
  readonly #request: Writable | Duplex;
  readonly #parser = createParser({
    onEvent: (event) => this.events.push(event),
    onRetry: (ms) => {
      this.retryMs = ms;
    },
  });
  readonly #isDeaf: boolean;
  #response: Readable | undefined;

  constructor(url: string, { headers = {}, body, over, isDeaf = false }: EventStreamClientOptions = {}) {
    this.#isDeaf = isDeaf;
    const json: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const asked = { method: body === undefined ? 'GET' : 'POST', headers: { ...json, ...headers } };
    if (over === undefined) {
      const byUrl = url.startsWith('https:') ? requestSecurely : request;
      this.#request = byUrl(url, { agent: false, rejectUnauthorized: false, ...asked }).on('response', (response) =>
        this.#answered(response.statusCode ?? 0, response.headers, response),
      );
    } else {
      const { pathname, search } = new URL(url);
      const stream = over.request(`${pathname}${search}`, asked, body === undefined);
      this.#request = stream.on('response', (received) => this.#answered(Number(received[':status']), received, stream));
      stream.on('close', () => this.#end());
    }
    this.#request.on('error', () => this.#end());
    this.#request.end(body === undefined ? undefined : JSON.stringify(body));
    open.add(this);
  }

  #answered(status: number, headers: IncomingHttpHeaders, response: Readable): void {
    this.#response = response;
    this.status = status;
    this.headers = headers;
    response.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      this.#parser.feed(text);
    });
    // In the turn in which it came: later, all of it may have been read.
    if (this.#isDeaf) response.pause();
    response.on('close', () => this.#end());
    response.on('error', () => this.#end());
  }

  /** Ids of the last event that had one. */
  get lastEventId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** Data of the events of a type; JSON unless they are frames. */
  of(type: string): readonly Record<string, unknown>[] {
    return this.events.filter(({ event }) => event === type).map(({ data }): Record<string, unknown> => JSON.parse(data));
  }

  types(): string[] {
    return this.events.map(({ event }) => event ?? 'message').filter((type) => type !== 'heartbeat');
  }

  /** Frames of a stream, or of one document of a feed, of one kind if need be. */
  frames(document?: string, kind?: 'stream' | 'writer'): Frame[] {
    const begin = document === undefined ? '' : `${document} ${kind === undefined ? '' : `${kind} `}`;
    return this.events
      .filter(({ event, data }) => event === 'frame' && data.startsWith(begin))
      .map(({ data }) => decodeFrame(new Uint8Array(Buffer.from(data.split(' ').at(-1) ?? '', 'base64'))));
  }

  /** Who is there, by a presence feed. */
  people(document?: string): SeenPerson[] {
    const people = new Map<number, SeenPerson>();
    for (const { event, data } of this.events) {
      if (event === undefined || !['people', 'joined', 'moved', 'role', 'left'].includes(event)) continue;
      const told: { readonly document: string; readonly people: readonly SeenPerson[] } = JSON.parse(data);
      if (document !== undefined && told.document !== document) continue;
      if (event === 'people') people.clear();
      for (const person of told.people) {
        if (event === 'left') people.delete(person.id);
        else people.set(person.id, person);
      }
    }
    return [...people.values()];
  }

  names(document?: string): string[] {
    return this.people(document)
      .map(({ name }) => name)
      .sort();
  }

  /** Names by the awareness frames of a stream. */
  awarenessNames(document?: string): string[] {
    const states = new Map<number, string>();
    for (const frame of this.frames(document)) {
      if (frame.type !== 'awareness') continue;
      for (const { id, state } of decodeAwareness(frame.entries)) {
        if (state === 'null') states.delete(id);
        else states.set(id, JSON.parse(state).user?.name);
      }
    }
    return [...states.values()].sort();
  }

  /** Applies what came to a document, and gives its text. */
  readInto(doc: Y.Doc, document?: string): string {
    for (const frame of this.frames(document)) if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
    return doc.getText('content').toString();
  }

  async has(type: string, count = 1): Promise<this> {
    await until(
      `${count} × ${type}, not ${this.types().slice(-5)} ${this.status} ${this.text.slice(0, 200)}`,
      () => this.types().filter((each) => each === type).length >= count,
    );
    return this;
  }

  async answered(): Promise<this> {
    await until('an answer', () => this.status !== 0 || this.isEnded);
    return this;
  }

  async ended(timeoutMs?: number): Promise<this> {
    await until('the stream ends', () => this.isEnded, timeoutMs);
    return this;
  }

  /** Reads nothing more. */
  stopReading(): void {
    this.#response?.pause();
  }

  readOn(): void {
    this.#response?.resume();
  }

  cut(): void {
    open.delete(this);
    this.#request.destroy();
  }

  #end(): void {
    this.isEnded = true;
    open.delete(this);
  }
}
