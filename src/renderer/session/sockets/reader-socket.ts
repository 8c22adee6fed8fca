/**
 * A viewer's socket: the reader's stream down, and no way up.
 *
 * R1  Nothing that is sent here leaves, but who we are: that is in the head of the request for the stream, so another name or
 *     colour is another stream, which goes on after the last event.
 * R2  The relay makes the reader's presence. Under whichever ids, it is us, and not one of the others.
 * R3  A round trip that is asked for is made, as a sign of life; its answer, like each heartbeat, is told as a frame that
 *     says nothing, for whoever counts silence.
 * R4  When something is missing in what came, everything is asked for anew. The provider's first question needs no answer
 *     from here: a reader's stream begins with it.
 * R5  Where it may be another that answers by now, the secret stays here until the relay is seen (relay-sight.ts).
 */
import { decodeFrame, encodeFrame, type Frame } from '../../../shared/protocol/frames';
import { cleanName, decodeAwareness, encodeAwareness, parsePresence } from '../../../shared/protocol/presence';
import type { OpenStream, Stream } from '../../streams/event-stream';
import { parseObject } from '../../streams/parse-object';
import { OTHER_RELAY } from '../relay-lookup';
import type { SocketRequest } from '../socket';
import { bytesOfBase64 } from './base64';
import { closeCodeOfEnd } from './close-code';
import { RelaySight, type SightParts } from './relay-sight';
import { CUT_CODE, SocketFace } from './socket-face';

/** Who is just typing a new name is not called by each of its letters. */
const RENAME_MS = 800;
const NOTHING = encodeFrame({ type: 'awareness', entries: encodeAwareness([]) }) as Uint8Array<ArrayBuffer>;

export interface ReaderSocketParts extends SightParts {
  readonly openStream: OpenStream;
}

export class ReaderSocket extends SocketFace {
  readonly transport = 'event-stream';
  readonly #request: SocketRequest;
  readonly #parts: ReaderSocketParts;
  readonly #sight: RelaySight;
  readonly #looks = new AbortController();
  readonly #ownIds = new Set<number>();
  #reader: SocketRequest['reader'];
  #lastEventId: string | undefined;
  #wasAsked = false;
  #stream: Stream;
  #callOffRename: () => void = () => undefined;

  constructor(request: SocketRequest, parts: ReaderSocketParts) {
    super();
    this.#request = request;
    this.#parts = parts;
    this.#reader = { ...request.reader, name: cleanName(request.reader.name) };
    this.#lastEventId = request.lastEventId;
    this.#sight = new RelaySight(request, parts);
    this.#stream = this.#open();
  }

  /** Everything up to this event was told, or is being told. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (!this.isOpen) return;
    const frame = decodeFrame(data);
    if (frame.type === 'awareness') this.#noteName(frame.entries);
    else if (frame.type === 'query-awareness') this.#whenSeen(() => this.#stream.probe?.());
    else if (frame.type === 'sync-request') this.#answerQuestion();
  }

  protected release(): void {
    this.#callOffRename();
    this.#sight.end();
    this.#looks.abort();
    this.#stream.close();
  }

  #open(): Stream {
    const { relay, document, secret } = this.#request;
    return this.#parts.openStream(
      { relay, document, kind: 'reader', secret, reader: this.#reader, lastEventId: this.#lastEventId },
      {
        onEvent: (type, data, id) => this.#take(type, data, id),
        onEnd: (end) => this.tellClose(closeCodeOfEnd(end), end.reason),
      },
    );
  }

  #reopen(): void {
    this.#stream.close();
    this.#stream = this.#open();
  }

  /** R5 */
  #whenSeen(then: () => void): void {
    if (this.#sight.isFresh) {
      then();
      return;
    }
    void this.#sight.look(this.#looks.signal).then((seen) => {
      if (this.isOver) return;
      if (seen === 'same') then();
      else if (seen === 'other') this.tellClose(CUT_CODE, OTHER_RELAY);
    });
  }

  #take(type: string, data: string, id: string | undefined): void {
    this.#sight.heard();
    if (type === 'reader') {
      const presence = parseObject(data)?.presence;
      if (typeof presence === 'number') this.#ownIds.add(presence);
      this.tellOpen();
    } else if (type === 'frame') {
      const bytes = bytesOfBase64(data);
      if (bytes === undefined) this.tellClose(CUT_CODE, 'The relay sent something unreadable.');
      else this.#tellFrame(bytes, id);
    } else if (type === 'heartbeat') this.tellMessage(NOTHING.slice().buffer);
  }

  #tellFrame(bytes: Uint8Array<ArrayBuffer>, id: string | undefined): void {
    // What is not told has not arrived. First the id: whoever is told asks for it, when it has taken in what it was told.
    if (this.isOpen && id !== undefined) this.#lastEventId = id;
    this.tellMessage(this.#withoutMe(bytes).buffer);
  }

  /** R2. What cannot be read is told as it is: whoever reads it says so. */
  #withoutMe(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (bytes[0] !== NOTHING[0]) return bytes;
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
      if (frame.type !== 'awareness') return bytes;
      const all = decodeAwareness(frame.entries);
      const others = all.filter(({ id }) => !this.#ownIds.has(id));
      if (others.length === all.length) return bytes;
      return encodeFrame({ type: 'awareness', entries: encodeAwareness(others) }) as Uint8Array<ArrayBuffer>;
    } catch {
      return bytes;
    }
  }

  /** R1. `entries` are ours alone (counting-socket.ts). */
  #noteName(entries: Uint8Array): void {
    const state = decodeAwareness(entries).at(-1)?.state;
    const user = state === undefined ? undefined : parsePresence(state)?.user;
    this.#callOffRename();
    if (user === undefined || (user.name === this.#reader.name && user.color === this.#reader.color)) return;
    this.#callOffRename = this.#parts.clock.after(RENAME_MS, () => {
      this.#whenSeen(() => this.#callOurselves({ name: user.name, color: user.color }));
    });
  }

  /** It may have been told more than once until the relay was seen. */
  #callOurselves(reader: SocketRequest['reader']): void {
    if (reader.name === this.#reader.name && reader.color === this.#reader.color) return;
    this.#reader = reader;
    this.#reopen();
  }

  /** R4 */
  #answerQuestion(): void {
    if (!this.#wasAsked) {
      this.#wasAsked = true;
      return;
    }
    this.#whenSeen(() => {
      this.#lastEventId = undefined;
      this.#reopen();
    });
  }
}
