/**
 * One part of a feed, and all who listen to it: the relay tells each part once, however many tabs show the document.
 *
 * R1  Whoever listens hears nothing before a greeting, the event that begins a part: what comes before may belong to one that
 *     was there earlier. Only whoever goes on with who is there, after its last event, hears everything.
 * R2  A part that has begun has no greeting for whoever comes later: it is begun anew, and then all hear the greeting, and
 *     everything from there on. It is not begun anew before its own greeting has come, or the two could not be told apart.
 * R3  What is told before the relay was asked is of one that was there earlier, its greeting and its end too. So may be the first
 *     end after that: the relay is asked once more, but not for a writer that was greeted, whose connection nobody else had.
 */
import type { DocumentId } from '../../shared/protocol/routes';
import type { StreamEnd, StreamRequest, StreamWatcher } from './event-stream';

/** As the relay calls them; `reader` is `stream` there. */
export type PartKind = 'presence' | 'stream' | 'writer';

const GREETINGS: Readonly<Record<PartKind, string>> = { presence: 'people', stream: 'reader', writer: 'connection' };

export interface Listener {
  readonly watcher: StreamWatcher;
  readonly lastEventId: string | undefined;
  state: 'has to wait for a new beginning' | 'waits for the greeting' | 'hears';
}

export class FeedPart {
  readonly document: DocumentId;
  readonly kind: PartKind;
  readonly secret: string | undefined;
  /** As told by whoever came last. */
  reader: StreamRequest['reader'];
  readonly #listeners = new Set<Listener>();
  #state: 'new' | 'asked for' | 'greeted' = 'new';
  /** Of what was told to all who hear: more may have come that nobody heard. */
  #lastEventId: string | undefined;

  /** R3: an end may be of one that was there earlier. */
  #mayEndForAnother: boolean;

  /** @param comesAfterAnother whether this feed had one of the same document and kind before. */
  constructor({ document, kind, secret, reader, lastEventId }: StreamRequest, comesAfterAnother: boolean) {
    this.#mayEndForAnother = comesAfterAnother;
    this.document = document;
    this.kind = kindOf(kind);
    this.secret = secret;
    this.reader = reader;
    this.#lastEventId = lastEventId;
  }

  get key(): string {
    return keyOfPart(this);
  }

  get isUsed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether the relay may have heard of it. */
  get isKnown(): boolean {
    return this.#state !== 'new';
  }

  /** A writer's connection is its own, and what one secret opens is not shown to whoever came by another. */
  mayShare({ secret }: StreamRequest): boolean {
    return this.kind !== 'writer' && this.secret === secret;
  }

  join({ reader, lastEventId }: StreamRequest, watcher: StreamWatcher): Listener {
    this.reader = reader;
    const goesOn = this.kind === 'presence' && lastEventId !== undefined;
    if (!this.isKnown && this.isUsed && lastEventId !== this.#lastEventId) this.#lastEventId = undefined;
    const state = this.isKnown ? 'has to wait for a new beginning' : goesOn ? 'hears' : 'waits for the greeting';
    const listener: Listener = { watcher, lastEventId, state };
    this.#listeners.add(listener);
    return listener;
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Whether the relay has to be asked for it, for the first time or anew (R2). */
  get isWanted(): boolean {
    if (this.#state === 'new') return true;
    const mayBeginAnew = this.kind === 'presence' || this.#state === 'greeted';
    return mayBeginAnew && this.#latecomers.length > 0;
  }

  /** From where to go on, when the relay is asked now. */
  askFor(): string | undefined {
    const latecomers = this.#latecomers;
    // Who is there is greeted only when it is told from the beginning.
    const isFromTheBeginning = this.kind === 'presence' || latecomers.some(({ lastEventId }) => lastEventId !== this.#lastEventId);
    if (latecomers.length > 0 && isFromTheBeginning) this.#lastEventId = undefined;
    for (const listener of latecomers) listener.state = 'waits for the greeting';
    this.#state = 'asked for';
    return this.#lastEventId;
  }

  tell(type: string, data: string, id: string | undefined): void {
    // R3
    if (this.#state === 'new') return;
    if (type === GREETINGS[this.kind]) this.#greet();
    const hearing = [...this.#listeners].filter(({ state }) => state === 'hears');
    if (id !== undefined && hearing.length > 0) this.#lastEventId = id;
    // Somebody who was told before may have ended another one.
    for (const listener of hearing) if (this.#listeners.has(listener)) listener.watcher.onEvent(type, data, id);
  }

  /** A heartbeat of the feed is one of every part, whether it has been greeted or not. */
  tellHeartbeat(to?: Listener): void {
    const listeners = to === undefined ? [...this.#listeners] : [to];
    for (const listener of listeners) if (this.#listeners.has(listener)) listener.watcher.onEvent('heartbeat', '{}', undefined);
  }

  /** Of an end that the relay tells: whether it is this one's. If that is not sure, it is wanted anew (R3). */
  isItsEnd(): boolean {
    const isGreetedWriter = this.kind === 'writer' && this.#state === 'greeted';
    const isIts = isGreetedWriter || (this.#state !== 'new' && !this.#mayEndForAnother);
    if (this.#state !== 'new') this.#mayEndForAnother = false;
    if (!isIts) this.#state = 'new';
    return isIts;
  }

  end(end: StreamEnd): void {
    const all = [...this.#listeners];
    this.#listeners.clear();
    for (const { watcher } of all) watcher.onEnd(end);
  }

  get #latecomers(): Listener[] {
    return [...this.#listeners].filter(({ state }) => state === 'has to wait for a new beginning');
  }

  #greet(): void {
    this.#state = 'greeted';
    for (const listener of this.#listeners) if (listener.state === 'waits for the greeting') listener.state = 'hears';
  }
}

/** One for each part that a feed can have. */
export function keyOfPart({ document, kind }: { readonly document: string; readonly kind: PartKind }): string {
  return `${kind} ${document}`;
}

export function kindOf(kind: StreamRequest['kind']): PartKind {
  return kind === 'reader' ? 'stream' : kind;
}
