/**
 * One open document and its connection, put together. No face.
 *
 * R1  Opening waits for the offline copy alone, never for a relay.
 * R2  For each connection the relay is asked who it is and by what we get in, and a socket is used only when it is the right
 *     one and lets us in.
 * R3  After `close` nothing is taken, sent or reported, whatever was under way.
 * R4  A role counts from the moment that the relay says it. What a viewer's copy has that no relay took is not shown for the
 *     document: it is replaced, and kept.
 * R5  Where nobody looks on, nothing is replaced, claimed or sent once it would have to be.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Role } from '../../shared/protocol/roles';
import { isSameValue } from '../../shared/same-value';
import type { Key } from '../documents/keyring';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';
import { Asking } from './asking';
import type { EndCause } from './connection-state';
import type { FoundDocument } from './copy-keeper';
import type { DocumentSession, SessionOptions } from './document-session';
import { Door } from './door';
import { type FirstContent, writeFirst } from './first-content';
import { HeldDocument, type HeldDocumentWatcher } from './held-document';
import { ConnectionRunner } from './runner';
import type { SessionStatus } from './status';
import { statusOf } from './status-of';

/** What this device has of a document before anything is opened. */
export interface FoundOnDevice extends FoundDocument {
  readonly key: Key | undefined;
}

/** A relay may move. */
interface Whereabouts extends DocumentAddress {
  relay: string;
}

export class Session implements DocumentSession {
  readonly #options: SessionOptions;
  /** Where everything below looks for the relay. */
  readonly #whereabouts: Whereabouts;
  #address: DocumentAddress;
  readonly #held: HeldDocument;
  readonly #door: Door;
  readonly #runner: ConnectionRunner;
  readonly #status: ObservableValue<SessionStatus>;
  readonly #asking: Asking;
  #isStorageFailing = false;
  #isClosed = false;
  /** It would have to be replaced, and is not (R5). */
  #isLeftAlone = false;
  readonly #onOnline = () => this.probe();
  readonly #onOffline = () => {
    // The relay may still be there, on this machine or in this network; however lately it was heard, it has to prove it.
    if (this.#status.current.connection.state === 'connected') this.#runner.dispatch({ type: 'probe', quietMs: Number.POSITIVE_INFINITY });
  };

  constructor(given: SessionOptions, found: FoundOnDevice, first: FirstContent | undefined) {
    this.#address = given.address;
    this.#whereabouts = { ...given.address };
    const options = { ...given, address: this.#whereabouts };
    this.#options = options;
    const isNew = first !== undefined;
    this.#door = new Door(options, { ...found, isNew, isHere: isNew || found.keeper.found.complete });
    this.#runner = new ConnectionRunner({
      clock: options.clock,
      chance: () => this.#chance(),
      hands: {
        lookUp: (turn, isKnownOneInUse) => void this.#asking.lookUp(turn, isKnownOneInUse),
        seekAdmission: (turn) => void (this.#isLeftAlone || this.#asking.seekAdmission(turn)),
        stopAsking: () => this.#asking.stop(),
        connect: () => this.#connect(),
        admit: () => this.#admit(),
        startOver: (because) => this.#startOver(because),
        disconnect: () => this.#disconnect(),
        sendProbe: () => this.#held.connecting.probe(),
      },
      onChange: () => this.#tell(),
    });
    this.#held = new HeldDocument(options, found, this.#watcher());
    this.#asking = new Asking({
      options,
      door: this.#door,
      held: this.#held,
      chance: () => this.#chance(),
      tell: (event) => this.#runner.dispatch(event),
    });
    this.#status = new ObservableValue(this.#describe());
    this.#door.keptKey.subscribe(() => this.#dropSecret());
    if (this.#door.keptKey.current !== undefined) this.#dropSecret();
    if (first !== undefined) {
      writeFirst(first, this.#held.live.replica);
      this.#held.markComplete();
    }
    globalThis.addEventListener?.('online', this.#onOnline);
    globalThis.addEventListener?.('offline', this.#onOffline);
    this.#runner.dispatch({ type: 'open' });
  }

  get address(): DocumentAddress {
    return this.#address;
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

  get keptKey(): Observable<Key | undefined> {
    return this.#door.keptKey;
  }

  currentSecret(): string | undefined {
    return this.#door.currentSecret;
  }

  begin(): void {
    this.#door.begin();
    this.retry();
  }

  async useRelayKey(key: string): Promise<void> {
    await this.#door.takeRelayKey(key);
    this.retry();
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

  moveTo(relay: string, relayId: string): void {
    this.#whereabouts.relay = relay;
    this.#address = { ...this.#address, relay };
    void this.#held.settle(relayId);
    this.#runner.dispatch({ type: 'moved' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    globalThis.removeEventListener?.('online', this.#onOnline);
    globalThis.removeEventListener?.('offline', this.#onOffline);
    this.#runner.dispatch({ type: 'close' });
    await this.#held.close().finally(() => this.#options.onClosed?.());
  }

  #watcher(): HeldDocumentWatcher {
    const runner = this.#runner;
    const turn = () => runner.state.turn;
    return {
      onOpened: () => runner.dispatch({ type: 'opened', turn: turn() }),
      onSynced: () => {
        this.#held.synced();
        runner.dispatch({ type: 'synced', turn: turn() });
      },
      onEnded: (cause) => this.#ended(turn(), cause),
      onHeard: () => runner.dispatch({ type: 'heard', turn: turn() }),
      onBetter: () => runner.dispatch({ type: 'better', turn: turn() }),
      onTooLarge: () => runner.dispatch({ type: 'too-large', turn: turn() }),
      onNotice: (notice) => {
        if (notice.type === 'role') this.#takeRole(notice.role);
        if (notice.type === 'draining') runner.dispatch({ type: 'draining', turn: turn(), backInMs: notice.backInMs });
        if (notice.type === 'storage') this.#isStorageFailing = notice.failing;
        this.#tell();
      },
      onOutdated: () => runner.dispatch({ type: 'outdated', at: this.#options.clock.now() }),
      onChange: () => this.#tell(),
    };
  }

  /** R4: the editor hears of it at once; the connection after the provider is done with what it is doing. */
  #takeRole(role: Role): void {
    if (role === this.#door.role) return;
    const mustReplace = this.#held.wouldLose(role);
    const { turn } = this.#runner.state;
    this.#door.takeRole(role);
    queueMicrotask(() => this.#runner.dispatch({ type: 'role-changed', turn, mustReplace }));
  }

  #dropSecret(): void {
    this.#address = { ...this.#address, secret: '' };
  }

  #ended(turn: number, cause: EndCause): void {
    this.#runner.dispatch({ type: 'ended', turn, at: this.#options.clock.now(), random: this.#chance(), cause });
  }

  #chance(): number {
    return (this.#options.random(1)[0] ?? 0) / 256;
  }

  /** R5 */
  #startOver(because: 'role' | 'misfit'): void {
    const { onMisfit } = this.#options;
    if (onMisfit === undefined) {
      this.#held.startOver(because);
      return;
    }
    this.#isLeftAlone = true;
    onMisfit();
  }

  #connect(): void {
    const { entry } = this.#door;
    if (entry !== undefined && !this.#isLeftAlone) this.#held.connecting.connect(entry);
  }

  #admit(): void {
    const { health } = this.#door;
    if (health === undefined) return;
    this.#door.enter();
    this.#held.connecting.admit(health);
  }

  #disconnect(): void {
    this.#isStorageFailing = false;
    this.#door.leave();
    this.#held.disconnect();
  }

  #tell(): void {
    if (this.#isClosed || this.#status === undefined) return;
    const next = this.#describe();
    if (!isSameValue(this.#status.current, next)) this.#status.set(next);
  }

  #describe(): SessionStatus {
    return statusOf(this.#runner.state.phase, this.#held, this.#door, this.#isStorageFailing);
  }
}
