/**
 * One open document: its replica, its offline copy and its connection, put together. No face.
 *
 * R1  Opening waits for the offline copy alone, never for a relay.
 * R2  Before each connection the relay is asked who it is. Another one is never merged into: its copy is another.
 * R3  A replacement is filled from the relay alone, and takes its place only when it is filled.
 * R4  Text that a replacement does not have is kept and offered.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Health } from '../../shared/protocol/routes';
import type { Clock } from '../documents/clock';
import type { DeviceStorage } from '../documents/device-storage';
import { cleanText } from '../documents/import-text';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { CopyKeeper } from './copy-keeper';
import type { OpenSocket } from './counting-socket';
import { LiveReplica } from './live-replica';
import { lookUpRelay } from './relay-lookup';
import { keptTextOf } from './replacement';
import { ConnectionRunner } from './runner';
import type { SessionStatus } from './status';
import { connectionOf, isSameStatus } from './status-of';
import { OPENING_MS } from './step';
import { truthOf, unsavedSince } from './unsaved';

export interface DocumentSession {
  readonly address: DocumentAddress;
  readonly replica: Observable<Replica>;
  readonly status: Observable<SessionStatus>;
  /** The relay's id, or its origin as long as it was never reached: where the offline copy lies. */
  readonly relayId: string;
  /** Set when the document was replaced and the text differed: offered as a copy. */
  readonly keptText: Observable<KeptText | undefined>;
  /** The person does not need the kept text any more. */
  letGoOfKeptText(): Promise<void>;
  /** On wake, focus, online: makes a round trip before anything is called connected. */
  probe(): void;
  /** “Try again now.” */
  retry(): void;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly address: DocumentAddress;
  readonly storage: Pick<DeviceStorage, 'copies' | 'kept' | 'relays'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly openSocket: OpenSocket;
  readonly fetch: typeof fetch;
}

/** What a new document begins with. */
export interface FirstContent {
  readonly text: string;
  readonly title: string;
}

/** Resolves as soon as the offline copy is loaded, or known to be missing. */
export async function openDocumentSession(options: SessionOptions): Promise<DocumentSession> {
  return await Session.open(options, undefined);
}

/** A document that begins here: on this device at once, at the relay when it can be reached. */
export async function newDocumentSession(options: SessionOptions, first: FirstContent): Promise<DocumentSession> {
  return await Session.open(options, first);
}

interface Candidate {
  readonly live: LiveReplica;
  /** Set when it is for another relay at the same address: where that one's copy lies. */
  readonly other: { readonly relayId: string; readonly keeper: CopyKeeper } | undefined;
}

class Session implements DocumentSession {
  readonly #options: SessionOptions;
  readonly #runner: ConnectionRunner;
  readonly #replica: ObservableValue<Replica>;
  readonly #status: ObservableValue<SessionStatus>;
  readonly #keptText: ObservableValue<KeptText | undefined>;
  #keeper: CopyKeeper;
  #live: LiveReplica;
  #candidate: Candidate | undefined;
  /** Found at this address, and not the relay that we know; the next start-over is for it. */
  #other: Candidate['other'];
  #relayId: string | undefined;
  #relay: Health | undefined;
  #loaded: boolean;
  #markedSaved: boolean;
  #storageFailing = false;
  #isClosed = false;
  #unsubscribe: () => void;
  readonly #onOnline = () => this.probe();

  static async open(options: SessionOptions, first: FirstContent | undefined): Promise<Session> {
    const { address, storage } = options;
    const relayId = await storage.relays.idAt(address.relay);
    const keeper = await CopyKeeper.open(storage.copies, { relay: relayId ?? address.relay, document: address.document });
    const session = new Session(options, keeper, relayId);
    if (first !== undefined) session.#write(first);
    session.#runner.dispatch({ type: 'open' });
    return session;
  }

  private constructor(options: SessionOptions, keeper: CopyKeeper, relayId: string | undefined) {
    this.#options = options;
    this.#keeper = keeper;
    this.#relayId = relayId;
    const { found } = keeper;
    this.#loaded = found.complete;
    this.#markedSaved = found.unsavedSince === undefined;
    this.#keptText = new ObservableValue(found.keptText);
    this.#live = this.#newLive(found.unsavedSince);
    this.#live.load(found.update);
    this.#replica = new ObservableValue(this.#live.replica);
    this.#runner = new ConnectionRunner({
      clock: options.clock,
      chance: () => new DataView(Uint8Array.from(options.random(4)).buffer).getUint32(0) / 2 ** 32,
      hands: {
        lookUp: (turn) => void this.#lookUp(turn),
        connect: () => this.#connect(),
        startOver: () => this.#startOver(),
        disconnect: () => this.#disconnect(),
        sendProbe: () => this.#active.probe(),
      },
      onChange: () => this.#tell(),
    });
    this.#status = new ObservableValue(this.#describe());
    this.#unsubscribe = this.#watch(keeper);
    globalThis.addEventListener?.('online', this.#onOnline);
  }

  get address(): DocumentAddress {
    return this.#options.address;
  }

  get relayId(): string {
    return this.#relayId ?? this.address.relay;
  }

  get replica(): Observable<Replica> {
    return this.#replica;
  }

  get status(): Observable<SessionStatus> {
    return this.#status;
  }

  get keptText(): Observable<KeptText | undefined> {
    return this.#keptText;
  }

  async letGoOfKeptText(): Promise<void> {
    const kept = this.#keptText.current;
    if (kept === undefined) return;
    await this.#options.storage.kept.letGo(kept.id);
    this.#keptText.set(undefined);
  }

  probe(): void {
    this.#runner.dispatch({ type: 'probe', quietMs: this.#active.quietMs });
  }

  retry(): void {
    this.#runner.dispatch({ type: 'retry' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    globalThis.removeEventListener?.('online', this.#onOnline);
    this.#runner.dispatch({ type: 'close' });
    this.#unsubscribe();
    this.#dropCandidate();
    this.#live.destroy();
    await this.#keeper.close();
  }

  /** Whichever is connected, or about to be. */
  get #active(): LiveReplica {
    return this.#candidate?.live ?? this.#live;
  }

  #newLive(since: number | undefined): LiveReplica {
    const turn = () => this.#runner.state.turn;
    const { clock, address, openSocket, random } = this.#options;
    const live: LiveReplica = new LiveReplica({
      address,
      openSocket,
      clock,
      unsavedSince: since,
      watcher: {
        onOpened: () => this.#runner.dispatch({ type: 'opened', turn: turn() }),
        onSynced: () => this.#synced(),
        onEnded: (cause) =>
          this.#runner.dispatch({ type: 'ended', turn: turn(), at: clock.now(), random: (random(1)[0] ?? 0) / 256, cause }),
        onHeard: () => this.#runner.dispatch({ type: 'heard', turn: turn() }),
        onTooLarge: () => this.#runner.dispatch({ type: 'too-large', turn: turn() }),
        onNotice: (notice) => {
          if (notice.type === 'draining') this.#runner.dispatch({ type: 'draining', turn: turn(), backInMs: notice.backInMs });
          if (notice.type === 'storage') this.#storageFailing = notice.failing;
          this.#tell();
        },
        onUnsaved: () => {
          if (live === this.#live) this.#unsavedChanged();
        },
        onUpdate: (update) => {
          if (live === this.#live) this.#keeper.append(update, unsavedSince(live.unsaved));
        },
      },
    });
    return live;
  }

  #write({ text, title }: FirstContent): void {
    const { doc, content, title: titleText } = this.#live.replica;
    doc.transact(() => {
      if (text !== '') content.insert(0, cleanText(text));
      if (title !== '') titleText.insert(0, cleanText(title).replaceAll('\n', ' '));
    }, FIRST_CONTENT_ORIGIN);
    this.#complete();
  }

  async #lookUp(turn: number): Promise<void> {
    const { address, clock, random, fetch } = this.#options;
    const isOver = () => this.#isClosed || this.#runner.state.turn !== turn || this.#runner.state.phase.type !== 'looking-up';
    const lookup = await lookUpRelay(address.relay, { fetch, deadline: AbortSignal.timeout(OPENING_MS) });
    if (isOver()) return;
    if (lookup.type === 'not-found') {
      const cause = { type: 'lost', reason: lookup.reason } as const;
      this.#runner.dispatch({ type: 'ended', turn, at: clock.now(), random: (random(1)[0] ?? 0) / 256, cause });
      return;
    }
    const { health } = lookup;
    this.#relay = health;
    const isOther = this.#relayId !== undefined && this.#relayId !== health.relay;
    if (this.#relayId === undefined) await this.#nameRelay(health.relay);
    await this.#prepareOther(isOther ? health.relay : undefined);
    if (isOver()) return;
    this.#runner.dispatch({ type: 'relay-found', turn, at: clock.now(), isOther });
  }

  /** The copy lay under the address; now it is known whose it is. */
  async #nameRelay(relayId: string): Promise<void> {
    this.#relayId = relayId;
    await this.#options.storage.relays.remember(this.address.relay, relayId);
    let found: CopyKeeper['found'];
    try {
      found = await this.#keeper.moveTo(relayId);
    } catch (error) {
      console.warn('The offline copy stays under the address of the relay.', error);
      return;
    }
    if (this.#isClosed) return;
    this.#live.load(found.update);
    if (found.unsavedSince !== undefined) this.#live.unsavedFromElsewhere(found.unsavedSince);
    if (found.complete) this.#complete();
  }

  async #prepareOther(relayId: string | undefined): Promise<void> {
    if (relayId === undefined) {
      // The relay that we know is back: what was begun for the other one is not needed.
      if (this.#candidate?.other !== undefined) this.#dropCandidate();
      return;
    }
    if (this.#candidate?.other?.relayId === relayId) return;
    this.#dropCandidate();
    const keeper = await CopyKeeper.open(this.#options.storage.copies, { relay: relayId, document: this.address.document });
    this.#other = { relayId, keeper };
  }

  #connect(): void {
    if (this.#relay === undefined) return;
    this.#active.connect({ largestUpdate: this.#relay.limits.documentBytes, durable: this.#relay.durable });
  }

  #disconnect(): void {
    this.#storageFailing = false;
    this.#candidate?.live.disconnect();
    this.#live.disconnect();
  }

  #startOver(): void {
    const kept = this.#candidate;
    if (kept?.other !== undefined && this.#other === undefined) return;
    kept?.live.destroy();
    const other = this.#other;
    this.#other = undefined;
    const live = this.#newLive(other?.keeper.found.unsavedSince);
    live.load(other?.keeper.found.update);
    // Nobody sees a replica that nobody edits yet.
    live.replica.awareness.setLocalState(null);
    this.#candidate = { live, other };
  }

  #synced(): void {
    const candidate = this.#candidate;
    if (candidate !== undefined) this.#changeOver(candidate);
    this.#complete();
    this.#runner.dispatch({ type: 'synced', turn: this.#runner.state.turn });
  }

  /** The candidate is filled: it is the document from now on. */
  #changeOver({ live, other }: Candidate): void {
    const old = this.#live;
    const { random, clock, storage } = this.#options;
    const kept = keptTextOf(old.replica, live.replica, { document: this.address.document, random, at: clock.now() });
    this.#candidate = undefined;
    this.#live = live;
    if (other === undefined) {
      this.#keeper.replace(live.encode(), kept).catch((error: unknown) => this.#replaceFailed(kept, error));
    } else {
      void this.#keepElsewhere(other, live.encode(), kept);
      void storage.relays.remember(this.address.relay, other.relayId);
    }
    this.#markedSaved = false;
    if (kept !== undefined) this.#keptText.set(kept);
    const { cursor: _, ...presence } = (old.replica.awareness.getLocalState() ?? {}) as Record<string, unknown>;
    live.replica.awareness.setLocalState(presence);
    this.#replica.set(live.replica);
    old.destroy();
    this.#unsavedChanged();
  }

  async #keepElsewhere(other: NonNullable<Candidate['other']>, update: Uint8Array, kept: KeptText | undefined): Promise<void> {
    const old = this.#keeper;
    this.#unsubscribe();
    this.#keeper = other.keeper;
    this.#relayId = other.relayId;
    this.#unsubscribe = this.#watch(other.keeper);
    this.#keeper.append(update, unsavedSince(this.#live.unsaved));
    this.#keeper.markComplete();
    await old.close();
    if (kept === undefined) return;
    // The other relay's copy has the text too; this makes it easy to find.
    await this.#options.storage.kept.keep(kept).catch((error: unknown) => console.warn('The old text could not be kept.', error));
  }

  #replaceFailed(kept: KeptText | undefined, error: unknown): void {
    console.warn('The offline copy still has the old document; it will be replaced at the next start.', error);
    if (kept !== undefined && this.#keptText.current === undefined) this.#keptText.set(kept);
    this.#tell();
  }

  #watch(keeper: CopyKeeper): () => void {
    return keeper.health.subscribe((health) => {
      if (health.state === 'outdated') this.#runner.dispatch({ type: 'outdated', at: this.#options.clock.now() });
      this.#tell();
    });
  }

  #dropCandidate(): void {
    this.#candidate?.live.destroy();
    void this.#candidate?.other?.keeper.close();
    void this.#other?.keeper.close();
    this.#candidate = undefined;
    this.#other = undefined;
  }

  #complete(): void {
    this.#loaded = true;
    this.#keeper.markComplete();
    this.#tell();
  }

  #unsavedChanged(): void {
    const isSaved = unsavedSince(this.#live.unsaved) === undefined;
    if (isSaved && !this.#markedSaved) this.#keeper.markSaved();
    this.#markedSaved = isSaved;
    this.#tell();
  }

  #tell(): void {
    if (this.#isClosed || this.#status === undefined) return;
    const next = this.#describe();
    if (!isSameStatus(this.#status.current, next)) this.#status.set(next);
  }

  #describe(): SessionStatus {
    const health = this.#keeper.health.current;
    return {
      connection: connectionOf(this.#runner.state.phase),
      truth: truthOf(this.#live.unsaved),
      unsavedSince: unsavedSince(this.#live.unsaved),
      offlineCopy: health.state === 'failing' ? { ok: false, reason: health.reason } : { ok: true },
      relayStorageFailing: this.#storageFailing,
      loaded: this.#loaded,
    };
  }
}

const FIRST_CONTENT_ORIGIN = { name: 'first content' } as const;
