/**
 * One open document and its connection, put together. No face.
 *
 * R1  Opening waits for the offline copy alone, never for a relay.
 * R2  For each connection the relay is asked who it is, and a socket is used only when it is the right one.
 * R3  After `close` nothing is taken, sent or reported, whatever was under way.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Health } from '../../shared/protocol/routes';
import { cleanText } from '../documents/import-text';
import type { Key } from '../documents/keyring';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { type FoundDocument, findDocument } from './copy-keeper';
import { HeldDocument, type HeldDocumentOptions } from './held-document';
import { lookUpRelay } from './relay-lookup';
import { ConnectionRunner } from './runner';
import type { SessionStatus } from './status';
import { connectionOf, isSameStatus } from './status-of';
import type { EndCause } from './step';
import { truthOf, unsavedSince } from './unsaved';

export interface DocumentSession {
  /** Without a secret from when that is kept on this device. */
  readonly address: DocumentAddress;
  readonly replica: Observable<Replica>;
  readonly status: Observable<SessionStatus>;
  /** The relay's id, or its origin as long as it was never reached: where the offline copy lies. */
  readonly relayId: string;
  /** Set when the document was replaced and the text differed: offered as a copy. */
  readonly keptText: Observable<KeptText | undefined>;
  /**
   * The key by which this device gets in, from when it is on the disk: then no secret is needed in the page's address any more.
   * Stays `undefined` where nothing can be kept, and under open access.
   */
  readonly keptKey: Observable<Key | undefined>;
  /**
   * By what the relay let this device in, for requests to `address.relay` about this document. `undefined` while it is not sure
   * which relay is there, and under open access. Asked anew for each request: it is never stored, logged or shown.
   */
  currentSecret(): string | undefined;
  /** What `needs-relay-key` asks for: keeps it on this device, and tries again. */
  useRelayKey(key: string): Promise<void>;
  /** The person does not need the kept text any more. */
  letGoOfKeptText(): Promise<void>;
  /** On wake, focus, online: makes a round trip before anything is called connected. */
  probe(): void;
  /** “Try again now.” */
  retry(): void;
  close(): Promise<void>;
}

export interface SessionOptions extends HeldDocumentOptions {
  readonly fetch: typeof fetch;
}

/** What a new document begins with. */
export interface FirstContent {
  readonly text: string;
  readonly title: string;
}

/** Resolves as soon as the offline copy is loaded, or known to be missing. */
export async function openDocumentSession(options: SessionOptions): Promise<DocumentSession> {
  return new Session(options, await findDocument(options.address, options.storage), undefined);
}

/** A document that begins here: on this device at once, at the relay when it can be reached. */
export async function newDocumentSession(options: SessionOptions, first: FirstContent): Promise<DocumentSession> {
  return new Session(options, await findDocument(options.address, options.storage), first);
}

class Session implements DocumentSession {
  readonly #options: SessionOptions;
  readonly #held: HeldDocument;
  readonly #runner: ConnectionRunner;
  readonly #status: ObservableValue<SessionStatus>;
  /** The relay that is, or is to be, at the other end. */
  #relay: Health | undefined;
  /** Ends the question who is there, and what comes of its answer. */
  #question = new AbortController();
  #isStorageFailing = false;
  #isClosed = false;
  readonly keptKey = new ObservableValue<Key | undefined>(undefined);
  readonly #onOnline = () => this.probe();
  readonly #onOffline = () => {
    // The relay may still be there, on this machine or in this network; however lately it was heard, it has to prove it.
    if (this.#status.current.connection.state === 'connected') this.#runner.dispatch({ type: 'probe', quietMs: Number.POSITIVE_INFINITY });
  };

  constructor(options: SessionOptions, found: FoundDocument, first: FirstContent | undefined) {
    this.#options = options;
    this.#runner = new ConnectionRunner({
      clock: options.clock,
      chance: () => this.#chance(),
      hands: {
        lookUp: (turn) => void this.#lookUp(turn),
        connect: () => this.#held.connecting.connect({ secret: undefined, role: 'editor' }),
        admit: () => this.#admit(),
        startOver: () => this.#held.startOver(),
        disconnect: () => this.#disconnect(),
        sendProbe: () => this.#held.connecting.probe(),
      },
      onChange: () => this.#tell(),
    });
    this.#held = this.#hold(found);
    this.#status = new ObservableValue(this.#describe());
    if (first !== undefined) this.#write(first);
    globalThis.addEventListener?.('online', this.#onOnline);
    globalThis.addEventListener?.('offline', this.#onOffline);
    this.#runner.dispatch({ type: 'open' });
  }

  get address(): DocumentAddress {
    return this.#options.address;
  }

  get relayId(): string {
    return this.#held.relayId ?? this.address.relay;
  }

  get replica(): Observable<Replica> {
    return this.#held.replica;
  }

  get status(): Observable<SessionStatus> {
    return this.#status;
  }

  get keptText(): Observable<KeptText | undefined> {
    return this.#held.keptText;
  }

  currentSecret(): string | undefined {
    return undefined;
  }

  useRelayKey(_key: string): Promise<void> {
    this.retry();
    return Promise.resolve();
  }

  async letGoOfKeptText(): Promise<void> {
    const kept = this.#held.keptText.current;
    if (kept === undefined) return;
    await this.#options.storage.kept.letGo(kept.id);
    if (this.#held.keptText.current === kept) this.#held.keptText.set(undefined);
  }

  probe(): void {
    this.#runner.dispatch({ type: 'probe', quietMs: this.#held.connecting.quietMs });
  }

  retry(): void {
    this.#runner.dispatch({ type: 'retry' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    globalThis.removeEventListener?.('online', this.#onOnline);
    globalThis.removeEventListener?.('offline', this.#onOffline);
    this.#runner.dispatch({ type: 'close' });
    await this.#held.close();
  }

  #hold(found: FoundDocument): HeldDocument {
    const runner = this.#runner;
    const turn = () => runner.state.turn;
    return new HeldDocument(this.#options, found, {
      onOpened: () => runner.dispatch({ type: 'opened', turn: turn() }),
      onSynced: () => {
        this.#held.synced();
        runner.dispatch({ type: 'synced', turn: turn() });
      },
      onEnded: (cause) => this.#ended(turn(), cause),
      onHeard: () => runner.dispatch({ type: 'heard', turn: turn() }),
      onBetter: () => undefined,
      onTooLarge: () => runner.dispatch({ type: 'too-large', turn: turn() }),
      onNotice: (notice) => {
        if (notice.type === 'draining') runner.dispatch({ type: 'draining', turn: turn(), backInMs: notice.backInMs });
        if (notice.type === 'storage') this.#isStorageFailing = notice.failing;
        this.#tell();
      },
      onOutdated: () => runner.dispatch({ type: 'outdated', at: this.#options.clock.now() }),
      onChange: () => this.#tell(),
    });
  }

  #write({ text, title }: FirstContent): void {
    const { doc, content, title: titleText } = this.#held.live.replica;
    doc.transact(() => {
      if (text !== '') content.insert(0, cleanText(text));
      if (title !== '') titleText.insert(0, cleanText(title).replaceAll('\n', ' '));
    }, FIRST_CONTENT_ORIGIN);
    this.#held.markComplete();
  }

  async #lookUp(turn: number): Promise<void> {
    this.#question = new AbortController();
    const { signal } = this.#question;
    const lookup = await lookUpRelay(this.address.relay, { fetch: this.#options.fetch, signal });
    if (signal.aborted) return;
    if (lookup.type === 'not-found') {
      this.#ended(turn, { type: 'lost', reason: lookup.reason });
      return;
    }
    const isOther = await this.#held.meet(lookup.health.relay);
    if (signal.aborted) return;
    this.#relay = lookup.health;
    this.#runner.dispatch({ type: 'relay-found', turn, at: this.#options.clock.now(), isOther });
  }

  #ended(turn: number, cause: EndCause): void {
    this.#runner.dispatch({ type: 'ended', turn, at: this.#options.clock.now(), random: this.#chance(), cause });
  }

  #chance(): number {
    return (this.#options.random(1)[0] ?? 0) / 256;
  }

  #admit(): void {
    if (this.#relay !== undefined) this.#held.connecting.admit(this.#relay);
  }

  #disconnect(): void {
    this.#question.abort();
    this.#isStorageFailing = false;
    this.#held.disconnect();
  }

  #tell(): void {
    if (this.#isClosed || this.#status === undefined) return;
    const next = this.#describe();
    if (!isSameStatus(this.#status.current, next)) this.#status.set(next);
  }

  #describe(): SessionStatus {
    const { live, copyHealth, isComplete } = this.#held;
    return {
      connection: connectionOf(this.#runner.state.phase),
      truth: truthOf(live.unsaved),
      unsavedSince: unsavedSince(live.unsaved),
      offlineCopy: copyHealth.state === 'failing' ? { ok: false, reason: copyHealth.reason } : { ok: true },
      relayStorageFailing: this.#isStorageFailing,
      loaded: isComplete,
      role: 'editor',
      isOwner: false,
      access: 'unknown',
      transport: undefined,
      savedAt: undefined,
      underWay: 0,
    };
  }
}

const FIRST_CONTENT_ORIGIN = { name: 'first content' } as const;
