import * as Y from 'yjs';
import { compactDocument } from '../../server/rooms/history/compaction';
import { DEFAULT_LIMITS, type RelayLimits } from '../../server/rooms/limits';
import type { Member } from '../../server/rooms/members/member';
import type { CompactionInput, CompactionResult, DocumentRules } from '../../server/rooms/ports';
import { Rooms } from '../../server/rooms/rooms';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { InMemoryPeer } from './in-memory-peer';
import { KeptLog } from './kept-log';
import { ManualClock } from './manual-clock';
import { UnsteadyStore } from './unsteady-store';

export const DOCUMENT = 'document' as DocumentId;

/** Rooms over a store that works, on a clock that only moves when told to. */
export class RoomsForTest {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  readonly store: UnsteadyStore;
  readonly rooms: Rooms;
  compactions: CompactionInput[] = [];
  /** What a compaction yields; the real thing unless a test says otherwise. */
  compact: (input: CompactionInput) => CompactionResult | Promise<CompactionResult> = compactDocument;

  constructor({
    limits = {},
    documents = 'text',
    store = new UnsteadyStore(),
    smallTail,
  }: {
    readonly limits?: Partial<RelayLimits>;
    readonly documents?: DocumentRules;
    readonly store?: UnsteadyStore;
    readonly smallTail?: { readonly bytes: number; readonly count: number };
  } = {}) {
    store.steady = true;
    this.store = store;
    this.rooms = new Rooms({
      store,
      compactor: {
        compact: async (input) => {
          this.compactions.push(input);
          return this.compact(input);
        },
      },
      clock: this.clock,
      limits: { ...DEFAULT_LIMITS, ...limits },
      documents,
      log: this.log,
      ...(smallTail === undefined ? {} : { smallTail }),
    });
  }

  async join(options: ConstructorParameters<typeof InMemoryPeer>[0] = {}): Promise<Visitor> {
    const peer = new InMemoryPeer(options);
    return new Visitor(peer, await this.rooms.join(DOCUMENT, peer));
  }
}

/** A peer in a room that sends frames by hand. */
export class Visitor {
  readonly peer: InMemoryPeer;
  readonly member: Member;

  constructor(peer: InMemoryPeer, member: Member) {
    this.peer = peer;
    this.member = member;
  }

  send(frame: Frame): void {
    this.member.receive(encodeFrame(frame));
  }

  update(update: Uint8Array): void {
    this.send({ type: 'update', update });
  }

  reply(update: Uint8Array): void {
    this.send({ type: 'sync-reply', update });
  }

  request(stateVector: Uint8Array = Uint8Array.of(0)): void {
    this.send({ type: 'sync-request', stateVector });
  }

  present(id: number, name: string): void {
    const state = JSON.stringify({ user: { name, color: '#112233' } });
    this.send({ type: 'awareness', entries: encodeAwareness([{ id, clock: 1, state }]) });
  }
}

/** A document that collects its updates: `keys[n]` is the n-th key. */
export class Typist {
  readonly doc = new Y.Doc();
  readonly keys: Uint8Array[] = [];

  constructor(clientId: number) {
    this.doc.clientID = clientId;
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.keys.push(update);
    });
  }

  get content(): Y.Text {
    return this.doc.getText('content');
  }

  /** The update of what was typed. */
  type(text: string): Uint8Array {
    this.content.insert(this.content.length, text);
    return this.keys.at(-1) as Uint8Array;
  }

  delete(from: number, length: number): Uint8Array {
    this.content.delete(from, length);
    return this.keys.at(-1) as Uint8Array;
  }

  hear(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, this);
  }

  all(since?: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, since);
  }
}
