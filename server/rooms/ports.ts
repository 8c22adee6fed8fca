/** What rooms need from the world, as small interfaces: rooms know no sockets, no disks and no clocks. */
import type { RejectionName } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';

/** What carries frames to and from a room: a client's socket, an event stream, another relay. */
export interface Peer {
  /** For logs: unique in this process. */
  readonly label: string;
  /** Looked up for every frame, so that a changed role counts at once. */
  readonly role: Role;
  /** Whether it asked for frames 100 and 101. */
  readonly wantsProgress: boolean;
  /** Whether it is sent its own presence like everybody's, because the relay made it and no client takes it for itself. */
  readonly hearsItself?: boolean;
  /** How its transport wraps a message; peers with the same framing share the wrapped bytes. */
  readonly framing: Framing;
  /** Bytes that were written but not yet taken by the network. */
  readonly queuedBytes: number;
  /** Writes bytes that its `framing` made: one or more whole messages. Ignored once it is closed. */
  write(framed: Uint8Array): void;
  /** Asks for a sign of life and ends the connection when none comes within `deadlineMs`. */
  probe(deadlineMs: number): void;
  /** Ends the connection and says why. `detail` is for the log. */
  close(rejection: RejectionName, detail?: string): void;
}

/** One message wrapped for a transport. Pure: the same in, the same bytes out. */
export interface Framing {
  /** @param update the newest update that the peer has once it took this message; left out where it has no more than before. */
  frame(message: Uint8Array, update?: number): Uint8Array;
}

/**
 * Keeps documents. Contract (test/contract/document-store.ts):
 *
 * R1  `append` resolves only when the updates are on disk (`durable`), and then they survive a crash of the machine.
 * R2  Updates of one document are loaded in the order of their numbers, without a hole.
 * R3  A failed `append` leaves nothing, or all of it; appending the same numbers again is harmless.
 * R4  `replaceUpTo` is one step: a crash leaves the old records or the new snapshot, never neither.
 * R5  A record that is not what was written makes `load` throw {@link UnreadableDocument}; nothing is overwritten.
 * R6  `remove` removes all of one document and nothing of another, damaged or not; numbers start again at 1. Interrupted, it
 *     leaves the document empty or as it was.
 */
export interface DocumentStore {
  /** False for a memory store: nothing in it may ever be called saved. */
  readonly durable: boolean;
  /** `undefined` when nothing was ever stored under this id. */
  load(document: DocumentId): Promise<StoredDocument | undefined>;
  /** Stores updates number `first`, `first + 1`, … (numbers start at 1). Many callers share one commit. */
  append(document: DocumentId, first: number, updates: readonly Uint8Array[]): Promise<void>;
  /** Puts a snapshot in the place of all updates up to and including number `upTo`. */
  replaceUpTo(document: DocumentId, upTo: number, snapshot: Uint8Array): Promise<void>;
  /** Nothing else may be under way for the document. Harmless when nothing is stored of it. */
  remove(document: DocumentId): Promise<void>;
  /** Every document, with what has gathered since its snapshot. */
  list(): AsyncIterable<DocumentSummary>;
  /** Throws when the store cannot do its work now; for /health. */
  check(): Promise<void>;
  /** Finishes what is under way, then lets go of the files. */
  close(): Promise<void>;
}

export interface StoredDocument {
  /** `undefined` before the first compaction. */
  readonly snapshot: Uint8Array | undefined;
  /** The number of the last update inside the snapshot; 0 without one. */
  readonly snapshotUpTo: number;
  /** Updates number `snapshotUpTo + 1`, … */
  readonly tail: readonly Uint8Array[];
}

export interface DocumentSummary {
  readonly document: DocumentId;
  readonly snapshotBytes: number;
  readonly tailBytes: number;
  readonly tailCount: number;
}

/** A document whose records are damaged. It is refused, never shown empty. The message says what was found. */
export class UnreadableDocument extends Error {
  override readonly name = 'UnreadableDocument';
}

/** Makes a small snapshot of a document, and proves that it says the same. */
export interface Compactor {
  compact(input: CompactionInput): Promise<CompactionResult>;
}

export interface CompactionInput {
  /** All of the document, as one update. */
  readonly update: Uint8Array;
  /** Client id → the clock that it writes next: what the document has to come to. */
  readonly clocks: ReadonlyMap<number, number>;
  readonly documents: DocumentRules;
}

export type CompactionResult =
  | { readonly ok: true; readonly snapshot: Uint8Array }
  /** The compacted document differs from the original: keep the old bytes. */
  | { readonly ok: false; readonly reason: string };

/** `text`: the Y.Texts `content` and `title` alone. `any`: whatever Yjs documents hold. */
export type DocumentRules = 'text' | 'any';

/** Time, passed in. Milliseconds. */
export interface Clock {
  /** For how long something takes: it never goes back, and need not go on while the machine sleeps. It began near the date of the start. */
  now(): number;
  /** For what has a date, such as an expiry: since 1970, by the machine's calendar of this moment, which may be set and then jumps. */
  wallTime(): number;
  /** Calls once, later; returns a way to call it off. */
  after(ms: number, callback: () => void): () => void;
  /** Calls once, at the end of this turn of the event loop. */
  atTurnEnd(callback: () => void): void;
}

/** Structured logging, the shape that pino has. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
