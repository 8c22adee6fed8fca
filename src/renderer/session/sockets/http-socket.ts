/**
 * An editor's socket where WebSocket is blocked: frames come down on an event stream and go up by POST (docs/http.md).
 *
 * R1  It is open when the relay has named the connection; from then on it is what a WebSocket is to whoever uses it.
 * R2  Every heartbeat, and every question whether we still live, is answered by a POST.
 * R3  Closed from here, it still hands over what was sent before, for a moment, as a WebSocket does.
 * R4  Its POSTs go to the relay that let us in, and to nobody who has its address since (relay-sight.ts).
 */
import { framesPath } from '../../../shared/protocol/streams';
import type { OpenStream, Stream } from '../../streams/event-stream';
import { parseObject } from '../../streams/parse-object';
import { authorization } from '../../streams/stream-headers';
import type { SocketRequest } from '../socket';
import { bytesOfBase64 } from './base64';
import { closeCodeOfEnd } from './close-code';
import { FramePosts } from './frame-posts';
import { RelaySight, type SightParts } from './relay-sight';
import { CUT_CODE, SocketFace } from './socket-face';

export interface HttpSocketParts extends SightParts {
  readonly openStream: OpenStream;
  /** 0 ≤ result < 1 */
  readonly chance: () => number;
}

export class HttpSocket extends SocketFace {
  readonly transport = 'http';
  readonly #request: SocketRequest;
  readonly #parts: HttpSocketParts;
  readonly #stream: Stream;
  readonly #sight: RelaySight;
  #posts: FramePosts | undefined;

  constructor(request: SocketRequest, parts: HttpSocketParts) {
    super();
    this.#request = request;
    this.#parts = parts;
    this.#sight = new RelaySight(request, parts);
    const { relay, document, secret } = request;
    this.#stream = parts.openStream(
      { relay, document, kind: 'writer', secret, reader: undefined, lastEventId: undefined },
      {
        onEvent: (type, data) => this.#take(type, data),
        onEnd: (end) => {
          this.#posts?.stop();
          this.tellClose(closeCodeOfEnd(end), end.reason);
        },
      },
    );
  }

  get bufferedAmount(): number {
    return this.#posts?.waitingBytes ?? 0;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#posts?.send(data);
  }

  /** R3 */
  protected release(): void {
    this.#sight.end();
    if (this.#posts === undefined) this.#stream.close();
    else this.#posts.finish(() => this.#stream.close());
  }

  #take(type: string, data: string): void {
    this.#sight.heard();
    switch (type) {
      case 'connection':
        this.#begin(parseObject(data)?.connection);
        return;
      case 'frame': {
        const bytes = bytesOfBase64(data);
        if (bytes === undefined) this.#fail('The relay sent something unreadable.');
        else this.tellMessage(bytes.buffer);
        return;
      }
      case 'heartbeat':
      case 'probe':
        this.#posts?.giveSignOfLife();
    }
  }

  #begin(connection: unknown): void {
    if (typeof connection !== 'string' || this.#posts !== undefined) {
      this.#fail('The relay sent something unreadable.');
      return;
    }
    const { relay, document, secret } = this.#request;
    const { fetch, clock, chance } = this.#parts;
    this.#posts = new FramePosts({
      url: `${relay}${framesPath(document)}`,
      headers: { ...authorization(secret), 'Weft-Connection': connection },
      fetch,
      clock,
      chance,
      sight: this.#sight,
      onEnd: (code, reason) => {
        this.#stream.close();
        this.tellClose(code, reason);
      },
    });
    this.tellOpen();
  }

  #fail(reason: string): void {
    this.#posts?.stop();
    this.#stream.close();
    this.tellClose(CUT_CODE, reason);
  }
}
