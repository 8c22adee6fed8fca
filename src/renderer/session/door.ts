/**
 * The way into a document: by what this device gets in at the relay that is there, and as what.
 *
 * R1  A secret goes to the relay that it belongs to, and only after that relay said who it is. Another one at the same address
 *     gets neither a key of this device nor a secret in the address that the known relay has seen; it may get one that no relay
 *     has seen yet.
 * R2  A key is kept beside the connection, not before it: where nothing can be kept, the session alone has it.
 * R3  What the relay said last of the role is known on this device at once.
 * R4  Whoever comes by a link for the first time reads until the relay says more: there is no text yet, and what is typed
 *     might have to be taken back.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Role } from '../../shared/protocol/roles';
import type { Health } from '../../shared/protocol/routes';
import type { Key, Keyring } from '../documents/keyring';
import { type Answer, admission, type Facts, type Question, type Verdict } from './admission';
import { type Asker, askRelay, type Unanswered } from './admission-requests';
import { HeldKey } from './held-key';
import type { Entry } from './line';
import type { Person } from './reader';
import { RelayKeys } from './relay-keys';
import { OTHER_RELAY } from './relay-lookup';

export interface DoorOptions {
  readonly address: DocumentAddress;
  readonly storage: { readonly keyring: Keyring };
  readonly random: (bytes: number) => Uint8Array;
  readonly fetch: typeof fetch;
  readonly me: () => Person;
}

/** What this device knows of a document before any relay is asked. */
export interface Known {
  readonly relayId: string | undefined;
  readonly key: Key | undefined;
  /** It begins here. */
  readonly isNew: boolean;
  /** It begins here, or was here before: then it was this device's to write. */
  readonly isHere: boolean;
}

type LetIn = Extract<Verdict, { readonly type: 'let-in' }>;

export class Door {
  readonly #options: DoorOptions;
  readonly #keptKey = new ObservableValue<Key | undefined>(undefined);
  /** By the relay's id; one that was never met has none. */
  readonly #keys = new Map<string, HeldKey>();
  readonly #isNew: boolean;
  /** Whether a relay without it may be told to make it: it began here, was here before, or a person wants it. */
  #isMeant: boolean;
  #key: HeldKey;
  #relayId: string | undefined;
  /** Of the relay that was found in this attempt. */
  #health: Health | undefined;
  /** Of this attempt. */
  #verdict: LetIn | undefined;
  /** By what the present connection was let in. */
  #inside: LetIn | undefined;
  #access: 'open' | 'links' | 'unknown';
  #role: Role;
  #isOwner: boolean;
  /** Whether the relay of this attempt is another than the one that the document is from. */
  #isElsewhere = false;
  readonly #relayKeys: RelayKeys;

  constructor(options: DoorOptions, { relayId, key, isNew, isHere }: Known) {
    const { address, storage, random } = options;
    this.#options = options;
    this.#relayKeys = new RelayKeys(storage.keyring);
    this.#isNew = isNew;
    this.#isMeant = isHere || key?.isOwner === true;
    this.#relayId = relayId;
    const place = { relay: relayId ?? address.relay, document: address.document };
    this.#key = new HeldKey({ keyring: storage.keyring, random, place, found: key });
    if (relayId !== undefined) this.#keys.set(relayId, this.#key);
    this.#access = key === undefined ? 'unknown' : 'links';
    this.#role = key?.role ?? (address.secret !== '' && !isHere ? 'viewer' : 'editor');
    this.#isOwner = key?.isOwner === true && !key.isUnclaimed;
    if (key !== undefined && !key.isUnclaimed && (address.secret === '' || this.#key.hasShown(address.secret))) this.#keptKey.set(key);
  }

  /** See `DocumentSession.keptKey`. */
  get keptKey(): Observable<Key | undefined> {
    return this.#keptKey;
  }

  get access(): 'open' | 'links' | 'unknown' {
    return this.#access;
  }

  get role(): Role {
    return this.#role;
  }

  get isOwner(): boolean {
    return this.#isOwner;
  }

  /** Of the relay at the other end. */
  get health(): Health | undefined {
    return this.#health;
  }

  /** See `DocumentSession.currentSecret`. */
  get currentSecret(): string | undefined {
    return this.#inside?.secret;
  }

  /** With what a socket may be opened by now; `undefined`: not yet. */
  get entry(): Entry | undefined {
    if (this.#verdict !== undefined) return { secret: this.#verdict.secret, role: this.#verdict.role };
    const key = this.#key.current;
    // Nothing secret is in the play, so nothing is given away; under open access it saves a round trip.
    const isPlain = key === undefined && this.#offered === '' && !this.#isNew && this.#access !== 'links';
    if (this.#health === undefined) return isPlain ? OPEN : undefined;
    return this.#health.access === 'links' && key?.isUnclaimed === false ? { secret: key.secret, role: key.role } : undefined;
  }

  /** An attempt begins. */
  async refresh(): Promise<void> {
    this.#health = undefined;
    this.#verdict = undefined;
    await this.#key.refresh();
  }

  /** A relay is there. Resolves when it is known what this device holds for it. */
  async meet(health: Health, { isOther, signal }: { readonly isOther: boolean; readonly signal: AbortSignal }): Promise<void> {
    if (this.#relayId === undefined) {
      this.#key.belongTo(health.relay);
      this.#keys.set(health.relay, this.#key);
      // It may be known by another address.
      await this.#key.refresh();
      if (signal.aborted) return;
    } else if (this.#relayId !== health.relay) {
      const key = this.#keys.get(health.relay) ?? (await this.#keyAtOther(health.relay));
      if (signal.aborted) return;
      this.#key = key;
    }
    this.#relayId = health.relay;
    this.#isElsewhere = isOther;
    this.#health = health;
    this.#access = health.access;
  }

  /** Never rejects. */
  async seek(signal: AbortSignal): Promise<Verdict | Unanswered> {
    const { address, fetch, me } = this.#options;
    const asker: Asker = { fetch, signal, origin: address.relay, document: address.document, name: me().name };
    const key = this.#key;
    const steps = admission(await this.#facts());
    let next = steps.next();
    while (next.done !== true) {
      const answer = await this.#answer(next.value, key, asker);
      if (answer.type === 'unanswered') return answer;
      next = steps.next(answer);
    }
    const verdict = next.value;
    if (signal.aborted) return verdict;
    if (verdict.type === 'let-in') this.#letIn(verdict);
    // It may be the other one again, any time.
    if (verdict.type === 'refused' && this.#isElsewhere) return { type: 'unanswered', reason: OTHER_RELAY };
    return verdict;
  }

  /** The connection of this attempt is used from now on. */
  enter(): void {
    this.#inside = this.#verdict;
    this.#isMeant ||= this.#inside !== undefined;
  }

  leave(): void {
    this.#inside = undefined;
  }

  /** The relay says so, in the middle of a connection (R3). */
  takeRole(role: Role): void {
    this.#role = role;
    const key = this.#key.current;
    if (this.#access === 'links' && key !== undefined && key.role !== role) this.#keep({ ...key, role });
  }

  /** A person wants the document to be made, if there is none. */
  begin(): void {
    this.#isMeant = true;
  }

  /** Resolves when it is kept, or known to be kept in memory alone. It is given for making the document. */
  async takeRelayKey(typed: string): Promise<void> {
    this.begin();
    await this.#relayKeys.take(this.#relayId ?? this.#options.address.relay, typed);
  }

  async #facts(): Promise<Facts> {
    const { address } = this.#options;
    const { access, creators } = this.#health ?? { access: 'open', creators: 'anyone' };
    const isNeeded = access === 'links' && creators === 'key';
    const relay = this.#relayId ?? address.relay;
    return {
      access,
      creators,
      key: this.#key.current,
      offered: this.#offered,
      isWeighed: this.#key.isWeighed,
      mayClaim: !this.#isElsewhere || (address.secret === '' && this.#others.every(({ current }) => current?.isOwner !== false)),
      isMeant: this.#isMeant,
      made: this.#key.made,
      relayKey: isNeeded ? await this.#relayKeys.find(relay) : undefined,
    };
  }

  async #answer(question: Question, key: HeldKey, asker: Asker): Promise<Answer | Unanswered> {
    switch (question.type) {
      case 'keep-first':
        return { type: 'kept', key: await key.keepFirst(question.key) };
      case 'let-go':
        await key.letGo(question.key);
        return { type: 'gone' };
      default:
        return await askRelay(question, asker);
    }
  }

  #letIn(verdict: LetIn): void {
    this.#verdict = verdict;
    this.#role = verdict.role;
    this.#isOwner = verdict.isOwner;
    if (verdict.key === undefined) return;
    this.#key.isWeighed = true;
    this.#keep(verdict.key);
  }

  /** R2 */
  #keep(key: Key): void {
    const held = this.#key;
    void held.keep(key).then((isKept) => {
      if (isKept && held === this.#key) this.#keptKey.set(key);
    });
  }

  async #keyAtOther(relayId: string): Promise<HeldKey> {
    const { storage, random, address } = this.#options;
    const place = { relay: relayId, document: address.document };
    const key = new HeldKey({ keyring: storage.keyring, random, place, found: await storage.keyring.find(place) });
    this.#keys.set(relayId, key);
    return key;
  }

  /** R1 */
  get #offered(): string {
    const { secret } = this.#options.address;
    return this.#others.some((key) => key.hasShown(secret)) ? '' : secret;
  }

  get #others(): HeldKey[] {
    return [...this.#keys.values()].filter((key) => key !== this.#key);
  }
}

const OPEN: Entry = { secret: undefined, role: 'editor' };
