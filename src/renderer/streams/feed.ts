/**
 * One request to a relay that carries the streams of many documents, and takes more on and leaves some while it goes on: six
 * connections are all that browsers allow over HTTP/1.1, for all tabs together.
 *
 * R1  It begins with the first stream and ends with the last one. What ends it ends all streams; they come back by themselves.
 * R2  One change is under way; what gathers goes with the next one. What became of a change that got no answer is not known:
 *     the streams that it was to add are lost, and are removed again.
 * R3  The feed as a whole promises signs of life, and answers each heartbeat (signs-of-life.ts).
 */
import { FEEDS_PATH } from '../../shared/protocol/streams';
import { EventReader, type StreamParts } from './event-reader';
import type { Stream, StreamEnd, StreamRequest, StreamWatcher } from './event-stream';
import { type Batch, batchOf, type PartName } from './feed-batch';
import { FeedPart, keyOfPart, kindOf, type PartKind } from './feed-part';
import { parseObject } from './parse-object';
import { askRelay, type RelayAnswer } from './relay-request';
import { giveSignOfLife, isRecent } from './signs-of-life';
import { CUT, endByEvent, endBySaid, UNREADABLE } from './stream-end';

/** Of one feed, at the relay. */
export const MOST_PARTS = 200;
const CHANGE_MS = 10_000;
const PAUSE_MS = 1_000;

/** Of whose parts these are, where the data do not say it. */
const KINDS: Readonly<Record<string, PartKind>> = {
  reader: 'stream',
  connection: 'writer',
  probe: 'writer',
  people: 'presence',
  joined: 'presence',
  moved: 'presence',
  role: 'presence',
  left: 'presence',
};

export class Feed {
  readonly #relay: string;
  readonly #options: StreamParts;
  readonly #onOver: () => void;
  readonly #parts = new Map<string, FeedPart>();
  readonly #removals = new Map<string, PartName>();
  /** Of which there was a part that the relay knew: something of it may still be on its way. */
  readonly #left = new Set<string>();
  readonly #requests = new AbortController();
  #reader: EventReader | undefined;
  /** As the relay calls it, once it has answered. */
  #id: string | undefined;
  #isChanging = false;
  #isGathering = false;
  #isOver = false;
  #callOffPause: () => void = () => undefined;

  constructor(relay: string, options: StreamParts, onOver: () => void) {
    this.#relay = relay;
    this.#options = options;
    this.#onOver = onOver;
  }

  /** `undefined` when it needs a connection of its own. */
  open(request: StreamRequest, watcher: StreamWatcher): Stream | undefined {
    const { kind, document } = request;
    const key = keyOfPart({ document, kind: kindOf(kind) });
    const found = this.#parts.get(key);
    if (found === undefined ? this.#parts.size >= MOST_PARTS : !found.mayShare(request)) return undefined;
    const part = found ?? new FeedPart(request, this.#left.has(key));
    this.#parts.set(key, part);
    const listener = part.join(request, watcher);
    this.#gather();
    return {
      probe: () => void this.#beat(() => part.tellHeartbeat(listener)),
      close: () => {
        part.leave(listener);
        if (!part.isUsed) this.#drop(part);
      },
    };
  }

  #drop(part: FeedPart): void {
    if (this.#parts.get(part.key) !== part) return;
    this.#parts.delete(part.key);
    if (part.isKnown) {
      this.#left.add(part.key);
      this.#removals.set(part.key, { document: part.document, kind: part.kind });
    }
    this.#gather();
  }

  /** All that is wanted in one turn goes into one request. */
  #gather(): void {
    if (this.#isGathering || this.#isOver) return;
    this.#isGathering = true;
    queueMicrotask(() => {
      this.#isGathering = false;
      if (!this.#isOver) this.#speak();
    });
  }

  #speak(): void {
    if (this.#parts.size === 0) {
      this.#close();
      return;
    }
    const wanted = [...this.#parts.values()].filter(({ isWanted }) => isWanted);
    if (this.#reader === undefined) this.#begin(batchOf(wanted, []));
    else if (this.#id !== undefined && !this.#isChanging && wanted.length + this.#removals.size > 0)
      void this.#change(this.#id, batchOf(wanted, [...this.#removals.values()]));
  }

  #begin({ opening: body, headers }: Batch): void {
    const request = {
      url: `${this.#relay}${FEEDS_PATH}`,
      method: 'POST',
      headers: { ...headers, 'Weft-Connection': 'alive' },
      body,
    } as const;
    this.#reader = new EventReader(request, this.#options, {
      onEvent: (type, data, id) => this.#take(type, data, id),
      onEnd: (end) => this.#end(end),
    });
  }

  async #change(id: string, { parts, removed, headers, change: body }: Batch): Promise<void> {
    this.#isChanging = true;
    for (const name of removed) this.#removals.delete(keyOfPart(name));
    const request = { url: `${this.#relay}${FEEDS_PATH}`, method: 'PATCH', headers: { ...headers, 'Weft-Connection': id }, body } as const;
    const answer = await askRelay(request, { ...this.#options, ms: CHANGE_MS, signal: this.#requests.signal });
    if (this.#isOver) return;
    if (answer?.status === 204) {
      this.#isChanging = false;
      this.#gather();
    } else if (answer?.status === 404) this.#reader?.end(CUT);
    else this.#giveUp(parts, removed, answer);
  }

  /** R2 */
  #giveUp(parts: readonly FeedPart[], removed: readonly PartName[], answer: RelayAnswer | undefined): void {
    for (const name of removed) this.#removals.set(keyOfPart(name), name);
    this.#callOffPause = this.#options.clock.after(PAUSE_MS, () => {
      this.#isChanging = false;
      this.#gather();
    });
    for (const part of parts) {
      if (this.#parts.get(part.key) !== part) continue;
      this.#drop(part);
      part.end(endBySaid(answer));
    }
  }

  #take(type: string, data: string, id: string | undefined): void {
    if (type === 'frame') {
      const [document = '', kind = '', frame = ''] = data.split(' ');
      this.#parts.get(`${kind} ${document}`)?.tell(type, frame, id);
      return;
    }
    const said = parseObject(data);
    if (said === undefined) this.#reader?.end(UNREADABLE);
    else if (typeof said.document === 'string') this.#takeOf(type, said.document, { said, data, id });
    else if (type === 'connection' && typeof said.connection === 'string') {
      this.#id = said.connection;
      this.#gather();
    } else if (type === 'heartbeat') {
      void this.#beat();
      for (const part of [...this.#parts.values()]) part.tellHeartbeat();
    }
  }

  #takeOf(
    type: string,
    document: string,
    { said, data, id }: { said: Readonly<Record<string, unknown>>; data: string; id: string | undefined },
  ): void {
    const part = this.#parts.get(`${KINDS[type] ?? said.kind} ${document}`);
    if (part === undefined) return;
    if (type === 'refused' || type === 'over') {
      if (part.isItsEnd()) {
        this.#parts.delete(part.key);
        part.end(type === 'refused' ? endByEvent(said) : CUT);
      }
      this.#gather();
      return;
    }
    part.tell(type, data, id);
    if (part.isWanted) this.#gather();
  }

  /** R3 */
  async #beat(onKnown?: () => void): Promise<void> {
    const [part] = this.#parts.values();
    if (this.#id === undefined || part === undefined || (onKnown !== undefined && !isRecent(this.#reader?.quietMs ?? 0))) return;
    const whose = { relay: this.#relay, document: part.document, secret: part.secret, connection: this.#id };
    const result = await giveSignOfLife(whose, this.#options, this.#requests.signal);
    if (this.#isOver) return;
    if (result === 'over') this.#reader?.end(CUT);
    else if (result === 'known') onKnown?.();
  }

  #close(): void {
    this.#isOver = true;
    this.#callOffPause();
    this.#requests.abort();
    this.#reader?.close();
    this.#onOver();
  }

  #end(end: StreamEnd): void {
    this.#close();
    const parts = [...this.#parts.values()];
    this.#parts.clear();
    for (const part of parts) part.end(end);
  }
}
