/** What the measuring process asks of the generator's process, and what it is told. Plain data: it goes over a channel. */
import type { Dialect } from './dialect.ts';
import type { Passage } from './recorded-history.ts';

export interface Target {
  readonly port: number;
  readonly dialect: Dialect;
  /** The relay's process, whose CPU time is read. */
  readonly pid: number;
}

/** People who type into documents of their own. */
export interface TypeCommand {
  readonly type: 'type';
  readonly target: Target;
  /** See {@link typingDocument}. */
  readonly documents: number;
  readonly membersEach: number;
  /** How many of a document's members write; they show a cursor with each key when `cursors` is set. */
  readonly writersEach: number;
  readonly cursors: boolean;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly seed: number;
}

/** The name of the how manieth document people type into. */
export function typingDocument(index: number): string {
  return `typing-${index}`;
}

/** `saturated`: the next edit leaves as soon as one of so many has arrived everywhere. */
export type Pace = { readonly type: 'steady'; readonly keysPerSecond: number } | { readonly type: 'saturated'; readonly inFlight: number };

export interface TypeResult {
  readonly seconds: number;
  readonly cpuMs: number;
  /** Sent, and delivered to someone else, within the measured time. Every edit of the whole run arrived everywhere. */
  readonly edits: number;
  readonly deliveries: number;
  readonly cursorFrames: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytesFromRelay: number;
  readonly bytesToRelay: number;
  readonly residentBytes: number;
  /** How late the generator itself pressed keys. */
  readonly keysLateP99Ms: number;
  /** The generator's own CPU time, as a part of the measured time: near 1, and it is the generator that was measured. */
  readonly generatorBusy: number;
}

/** Connections that say who they are and then nothing, kept until the end. */
export interface HoldCommand {
  readonly type: 'hold';
  readonly target: Target;
  readonly documents: number;
  readonly membersEach: number;
  /** The number of the first document. */
  readonly firstDocument: number;
}

/** One writer sends a recorded history as fast as the relay reads; another member receives it. */
export interface IngestCommand {
  readonly type: 'ingest';
  readonly target: Target;
  readonly document: string;
  /** A file of updates, each behind its length (see `recorded-history.ts`). */
  readonly updatesFile: string;
  /** What the last update inserts. */
  readonly lastText: string;
  /** Where all that the receiver got goes, in the same form. */
  readonly receivedFile: string | undefined;
}

export interface IngestResult {
  readonly updates: number;
  /** Until the receiver has everything and, where the relay says so, everything is saved. */
  readonly ms: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Clients that join one after the other. */
export interface JoinCommand {
  readonly type: 'join';
  readonly target: Target;
  readonly document: string;
  readonly stateVector: readonly number[];
  readonly times: number;
  /** Where the last answer goes. */
  readonly replyFile: string;
}

export interface JoinResult {
  readonly ms: readonly number[];
  /** Of all joins together. */
  readonly cpuMs: number;
  readonly replyBytes: number;
}

/** Puts one and the same content into many documents, each kept open by one member. */
export interface FillCommand {
  readonly type: 'fill';
  readonly target: Target;
  readonly documents: readonly string[];
  readonly updateFile: string;
  /** What the content ends with. */
  readonly lastText: string;
}

/** Many clients lose their connections and come back in one moment, while people elsewhere go on typing. */
export interface StormCommand {
  readonly type: 'storm';
  readonly target: Target;
  readonly documents: readonly string[];
  readonly clients: number;
  /** What each answer has to hold. */
  readonly lastText: string;
  readonly stateVector: readonly number[];
  readonly seed: number;
}

export interface StormResult {
  /** Until the last one was synced. */
  readonly allSyncedMs: number;
  readonly cpuMs: number;
  /** Key to peer in the room that had nothing to do with it, while it lasted; and in quiet before. */
  readonly othersP99Ms: number;
  readonly quietP99Ms: number;
}

/** People who do nothing but move their cursors, until they are released. */
export interface MoveCommand {
  readonly type: 'move';
  readonly target: Target;
  readonly document: string;
  readonly people: number;
  readonly movesPerSecond: number;
  /** Where the cursors go. */
  readonly passage: Passage;
  readonly seed: number;
}

export interface ReleaseCommand {
  readonly type: 'release';
}

export type Command = TypeCommand | HoldCommand | IngestCommand | JoinCommand | FillCommand | StormCommand | MoveCommand | ReleaseCommand;

export interface Results {
  readonly type: TypeResult;
  readonly hold: null;
  readonly ingest: IngestResult;
  readonly join: JoinResult;
  readonly fill: null;
  readonly storm: StormResult;
  readonly move: null;
  readonly release: null;
}

export type Answer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: string };
