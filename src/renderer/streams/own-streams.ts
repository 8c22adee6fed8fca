/**
 * Streams on connections of their own: one request each.
 *
 * R1  A reader's stream promises signs of life and gives them (signs-of-life.ts). A writer's are its POSTs; nobody misses
 *     who only watches who is there.
 * R2  What ends a stream ends what it had under way.
 */
import { presencePath, streamPath } from '../../shared/protocol/streams';
import { EventReader, type StreamParts } from './event-reader';
import type { OpenStream, Stream, StreamRequest, StreamWatcher } from './event-stream';
import { parseObject } from './parse-object';
import { giveSignOfLife, isRecent } from './signs-of-life';
import { CUT, endByEvent, UNREADABLE } from './stream-end';
import { streamHeaders } from './stream-headers';

export function ownStreams(parts: StreamParts): OpenStream {
  return (request, watcher) => new OwnStream(request, parts, watcher);
}

class OwnStream implements Stream {
  readonly #request: StreamRequest;
  readonly #parts: StreamParts;
  readonly #watcher: StreamWatcher;
  readonly #reader: EventReader;
  readonly #beats = new AbortController();
  /** Of a reader. */
  #connection: string | undefined;

  constructor(request: StreamRequest, parts: StreamParts, watcher: StreamWatcher) {
    this.#request = request;
    this.#parts = parts;
    this.#watcher = watcher;
    const { relay, document, kind } = request;
    const path = kind === 'presence' ? presencePath(document) : streamPath(document);
    this.#reader = new EventReader({ url: `${relay}${path}`, method: 'GET', headers: streamHeaders(request) }, parts, {
      onEvent: (type, data, id) => this.#take(type, data, id),
      onEnd: (end) => {
        this.#beats.abort();
        watcher.onEnd(end);
      },
    });
  }

  probe(): void {
    if (isRecent(this.#reader.quietMs)) void this.#beat(() => this.#watcher.onEvent('heartbeat', '{}', undefined));
  }

  close(): void {
    this.#beats.abort();
    this.#reader.close();
  }

  #take(type: string, data: string, id: string | undefined): void {
    if (type === 'refused') {
      this.#reader.end(endByEvent(parseObject(data) ?? {}));
      return;
    }
    if (this.#request.kind === 'reader') {
      if (type === 'connection') {
        this.#noteConnection(data);
        return;
      }
      if (type === 'heartbeat') void this.#beat();
    }
    this.#watcher.onEvent(type, data, id);
  }

  #noteConnection(data: string): void {
    const connection = parseObject(data)?.connection;
    if (typeof connection === 'string') this.#connection = connection;
    else this.#reader.end(UNREADABLE);
  }

  async #beat(onKnown?: () => void): Promise<void> {
    if (this.#connection === undefined) return;
    const { signal } = this.#beats;
    const result = await giveSignOfLife({ ...this.#request, connection: this.#connection }, this.#parts, signal);
    if (signal.aborted) return;
    if (result === 'over') this.#reader.end(CUT);
    else if (result === 'known') onKnown?.();
  }
}
