import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';
import type { Member } from '../../server/rooms/members/member';
import type { Clock } from '../../server/rooms/ports';
import type { Rooms } from '../../server/rooms/rooms';
import { decodeFrame } from '../../src/shared/protocol/frames';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { InMemoryPeer, unframe } from './in-memory-peer';

/** A dead connection that sends nothing is found by ping. */
const FOUND_DEAD_MS = 30_000;

/** One connection: what was sent and has not arrived yet, in both directions. */
interface Connection {
  readonly peer: InMemoryPeer;
  readonly up: Uint8Array[];
  readonly down: Uint8Array[];
  member: Member | undefined;
  ended: boolean;
  /** The update of each writing frame, in order. */
  readonly written: Uint8Array[];
}

/**
 * A Y.Doc that speaks exactly as the provider of y-websocket 3 does (with y-protocols), over queues instead of sockets: its
 * messages arrive when a test delivers them.
 */
export class InMemoryClient {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly undo: Y.UndoManager;
  readonly name: string;
  readonly #clock: Clock;
  readonly #wantsProgress: boolean;
  #connection: Connection | undefined;
  /** Why the relay ended a connection. */
  readonly refusals: string[] = [];
  /** Updates that the relay called saved, over all connections. */
  readonly toldSaved: Uint8Array[] = [];
  progress = { received: 0, saved: 0 };
  syncRequests = 0;

  constructor(name: string, clientId: number, { clock, wantsProgress }: { readonly clock: Clock; readonly wantsProgress: boolean }) {
    this.name = name;
    this.#clock = clock;
    this.#wantsProgress = wantsProgress;
    this.doc = new Y.Doc();
    this.doc.clientID = clientId;
    this.awareness = new Awareness(this.doc);
    this.awareness.setLocalState({ user: { name, color: '#123456' } });
    this.undo = new Y.UndoManager(this.content, { trackedOrigins: new Set([this.name]), captureTimeout: 0 });
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.#sendSync((encoder) => sync.writeUpdate(encoder, update));
    });
    this.awareness.on('update', ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
      this.#sendAwareness([...added, ...updated, ...removed]);
    });
  }

  get content(): Y.Text {
    return this.doc.getText('content');
  }

  get text(): string {
    return this.content.toString();
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get peer(): InMemoryPeer | undefined {
    return this.#connection?.peer;
  }

  /** Writing frames of this connection. */
  get written(): number {
    return this.#connection?.written.length ?? 0;
  }

  get waitingUp(): number {
    return this.#connection?.member === undefined ? 0 : this.#connection.up.length;
  }

  get waitingDown(): number {
    return this.#connection?.down.length ?? 0;
  }

  /** Ids of everybody it sees, itself included. */
  get people(): number[] {
    return [...this.awareness.getStates().keys()].sort((a, b) => a - b);
  }

  edit(change: (content: Y.Text) => void): void {
    this.doc.transact(() => change(this.content), this.name);
  }

  connect(rooms: Rooms, document: DocumentId): void {
    if (this.#connection !== undefined) throw new Error('already connected');
    const peer = new InMemoryPeer({ label: this.name, wantsProgress: this.#wantsProgress });
    const connection: Connection = { peer, up: [], down: [], member: undefined, ended: false, written: [] };
    peer.onWrite = (framed) => {
      // Copies: a socket would have taken the bytes.
      for (const message of unframe(framed)) connection.down.push(message.slice());
      peer.writes.length = 0;
    };
    this.#connection = connection;
    this.progress = { received: 0, saved: 0 };
    rooms.join(document, peer).then(
      (member) => {
        connection.member = member;
        if (connection.ended) member.leave();
      },
      (error: unknown) => this.#refuse(connection, error),
    );
    this.#sendSync((encoder) => sync.writeSyncStep1(encoder, this.doc));
    if (this.awareness.getLocalState() !== null) this.#sendAwareness([this.doc.clientID]);
  }

  /** @param half the relay does not notice: it finds out by a ping. */
  disconnect(half = false): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
    if (half) {
      const end = () => this.#end(connection);
      this.#clock.after(FOUND_DEAD_MS, end);
      connection.peer.onProbe = (deadlineMs) => {
        this.#clock.after(deadlineMs, end);
      };
    } else {
      this.#end(connection);
    }
  }

  /** One message to the relay arrives. */
  deliverUp(): void {
    const connection = this.#connection;
    if (connection?.member === undefined) return;
    const message = connection.up.shift();
    if (message === undefined) return;
    try {
      connection.member.receive(message);
    } catch (error) {
      this.#refuse(connection, error);
    }
  }

  /** One message from the relay arrives. */
  deliverDown(): void {
    const message = this.#connection?.down.shift();
    if (message === undefined) return;
    const decoder = decoding.createDecoder(message);
    switch (decoding.readVarUint(decoder)) {
      case 0:
        if (message[1] === 0) this.syncRequests++;
        this.#sendSync((encoder) => {
          sync.readSyncMessage(decoder, encoder, this.doc, this);
        });
        return;
      case 1:
        applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(decoder), this);
        return;
      case 100:
        this.#hearProgress(message);
        return;
      case 101:
        return;
      default:
        throw new Error(`a frame that no client knows: ${message[0]}`);
    }
  }

  destroy(): void {
    this.disconnect();
    this.awareness.destroy();
    this.doc.destroy();
  }

  #hearProgress(message: Uint8Array): void {
    const frame = decodeFrame(message);
    const written = this.#connection?.written;
    if (frame.type !== 'progress' || written === undefined) throw new Error('no progress');
    if (frame.received > written.length || frame.saved > frame.received)
      throw new Error(`progress beyond what was sent: ${frame.received}`);
    if (frame.received < this.progress.received || frame.saved < this.progress.saved) throw new Error('progress that goes back');
    this.toldSaved.push(...written.slice(this.progress.saved, frame.saved));
    this.progress = { received: frame.received, saved: frame.saved };
  }

  #sendSync(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 0);
    write(encoder);
    if (encoding.length(encoder) > 1) this.#send(encoding.toUint8Array(encoder));
  }

  #sendAwareness(ids: number[]): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.awareness, ids));
    this.#send(encoding.toUint8Array(encoder));
  }

  #send(message: Uint8Array): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.up.push(message);
    const frame = decodeFrame(message);
    if (frame.type === 'update' || frame.type === 'sync-reply') connection.written.push(frame.update);
  }

  #refuse(connection: Connection, error: unknown): void {
    if (!(error instanceof Rejected)) throw error;
    this.refusals.push(`${error.rejection}: ${error.message}`);
    if (this.#connection === connection) this.disconnect();
  }

  #end(connection: Connection): void {
    connection.ended = true;
    connection.member?.leave();
  }
}
