/**
 * What a document looks like as keys and values of an ordered store. Pure.
 *
 * A document has one *head* (which numbers it has, and how many bytes), at most one *snapshot*, and *runs*: updates with
 * following numbers that were committed together. A run is one record, because a record costs far more than its bytes.
 *
 * R1  Keys of two documents never mix: the separator is no character of an id (src/shared/protocol/routes.ts).
 * R2  Every value starts with a CRC-32 of key and value, so that a record in the wrong place is as damaged as a changed one.
 * R3  Runs sort by their numbers.
 * R4  What does not decode exactly, to the last byte, is damaged.
 */
import { crc32 } from 'node:zlib';
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import type { DocumentHead } from './document-head';

/** The format of everything below. A relay refuses a store with another one. */
export const STORE_FORMAT = 1;

/** A record is not what was written. The message says which, and how it is wrong. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

export interface Run {
  /** The number of the first update; the others follow. */
  readonly first: number;
  readonly updates: readonly Uint8Array[];
}

export interface StoredSnapshot {
  readonly upTo: number;
  readonly bytes: Uint8Array;
}

/** Keys from `gte` to `lte`, both included. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lte: Uint8Array;
}

const SEPARATOR = 0;
const AFTER_SEPARATOR = 1;
const HIGHEST_NUMBER = Number.MAX_SAFE_INTEGER;

export const FORMAT_KEY = ascii('format');
/** Says nothing: written by health checks, and to have what came before it on disk. */
export const CHECK_KEY = ascii('check');
/** All heads, and nothing else. */
export const HEADS: KeyRange = { gte: bytesOf(ascii('head'), [SEPARATOR]), lte: bytesOf(ascii('head'), [AFTER_SEPARATOR]) };

export function headKey(document: DocumentId): Uint8Array {
  return bytesOf(HEADS.gte, ascii(document));
}

/** `undefined` when the key is no head's, or its id breaks the grammar: then the key is damaged. */
export function documentOfHeadKey(key: Uint8Array): DocumentId | undefined {
  return parseDocumentId(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1', HEADS.gte.length));
}

export function snapshotKey(document: DocumentId): Uint8Array {
  return bytesOf(recordPrefix(document), ascii('s'));
}

export function runKey(document: DocumentId, first: number): Uint8Array {
  return bytesOf(recordPrefix(document), ascii('u'), number64(first));
}

/** The runs of a document whose first number is within `from` … `to`. */
export function runKeys(document: DocumentId, from = 0, to: number = HIGHEST_NUMBER): KeyRange {
  return { gte: runKey(document, from), lte: runKey(document, to) };
}

/** Snapshot and runs of a document. */
export function recordKeys(document: DocumentId): KeyRange {
  return { gte: recordPrefix(document), lte: bytesOf(ascii('document'), [SEPARATOR], ascii(document), [AFTER_SEPARATOR]) };
}

/** Of a head, a snapshot or a run. */
export function isContentKey(key: Uint8Array): boolean {
  return ['head', 'document'].some((space) => Buffer.compare(key.subarray(0, space.length + 1), bytesOf(ascii(space), [SEPARATOR])) === 0);
}

export function isSnapshotKey(key: Uint8Array, document: DocumentId): boolean {
  return Buffer.compare(key, snapshotKey(document)) === 0;
}

export function encodeFormat(): Uint8Array {
  return sealed(FORMAT_KEY, number64(STORE_FORMAT));
}

/** @throws {DamagedRecord} */
export function decodeFormat(value: Uint8Array): number {
  return numberAt(opened(FORMAT_KEY, value, 'the format', 8), 0, 'the format');
}

export function encodeHead(key: Uint8Array, head: DocumentHead): Uint8Array {
  return sealed(key, number64(head.snapshotUpTo), number64(head.snapshotBytes), number64(head.last), number64(head.tailBytes));
}

/** @throws {DamagedRecord} */
export function decodeHead(key: Uint8Array, value: Uint8Array): DocumentHead {
  const body = opened(key, value, 'the head', 32);
  const [snapshotUpTo = 0, snapshotBytes = 0, last = 0, tailBytes = 0] = [0, 8, 16, 24].map((at) => numberAt(body, at, 'the head'));
  return { snapshotUpTo, snapshotBytes, last, tailBytes };
}

export function encodeSnapshot(key: Uint8Array, snapshot: StoredSnapshot): Uint8Array {
  return sealed(key, number64(snapshot.upTo), snapshot.bytes);
}

/** @throws {DamagedRecord} */
export function decodeSnapshot(key: Uint8Array, value: Uint8Array): StoredSnapshot {
  const body = opened(key, value, 'the snapshot');
  return { upTo: numberAt(body, 0, 'the snapshot'), bytes: body.subarray(8) };
}

/** `[count][length of each][bytes of each]`, lengths as 32 bit. */
export function encodeRun(key: Uint8Array, updates: readonly Uint8Array[]): Uint8Array {
  const lengths = new DataView(new ArrayBuffer(4 + 4 * updates.length));
  lengths.setUint32(0, updates.length);
  for (const [index, update] of updates.entries()) lengths.setUint32(4 + 4 * index, update.length);
  return sealed(key, new Uint8Array(lengths.buffer), ...updates);
}

/** The updates are views of `value`. @throws {DamagedRecord} */
export function decodeRun(key: Uint8Array, value: Uint8Array): Run {
  const first = numberAt(key, key.length - 8, 'the key of a run');
  const what = `update ${first}`;
  const body = opened(key, value, what);
  const view = viewOf(body);
  const count = body.length < 4 ? 0 : view.getUint32(0);
  let at = 4 + 4 * count;
  if (count === 0 || body.length < at) throw new DamagedRecord(`${what} is cut off`);
  const updates: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const end = at + view.getUint32(4 + 4 * index);
    updates.push(body.subarray(at, end));
    at = end;
  }
  if (at !== body.length) throw new DamagedRecord(`${what} has another length than it says`);
  return { first, updates };
}

const CHECKSUM_BYTES = 4;

/** A value: the checksum of key and body, then the body. */
export function sealed(key: Uint8Array, ...body: readonly Uint8Array[]): Uint8Array {
  const value = bytesOf([0, 0, 0, 0], ...body);
  viewOf(value).setUint32(0, crc32(value.subarray(CHECKSUM_BYTES), crc32(key)));
  return value;
}

/** The body of a value, as a view. @throws {DamagedRecord} */
export function opened(key: Uint8Array, value: Uint8Array, what: string, exactBytes?: number): Uint8Array {
  const length = value.length - CHECKSUM_BYTES;
  if (length < 0 || (exactBytes !== undefined && length !== exactBytes)) throw new DamagedRecord(`${what} has a wrong length`);
  // Not a Buffer: whoever gets the bytes may rely on plain Uint8Arrays.
  const body = new Uint8Array(value.buffer, value.byteOffset + CHECKSUM_BYTES, length);
  if (!isSealed(key, value)) throw new DamagedRecord(`${what} fails its checksum`);
  return body;
}

/** Whether a value is what was written under a key. */
export function isSealed(key: Uint8Array, value: Uint8Array): boolean {
  return value.length >= CHECKSUM_BYTES && viewOf(value).getUint32(0) === crc32(value.subarray(CHECKSUM_BYTES), crc32(key));
}

function recordPrefix(document: DocumentId): Uint8Array {
  return bytesOf(ascii('document'), [SEPARATOR], ascii(document), [SEPARATOR]);
}

function number64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer);
}

function numberAt(bytes: Uint8Array, at: number, what: string): number {
  if (bytes.length < at + 8) throw new DamagedRecord(`${what} is cut off`);
  const value = Number(viewOf(bytes).getBigUint64(at));
  if (value > HIGHEST_NUMBER) throw new DamagedRecord(`${what} has an impossible number`);
  return value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function bytesOf(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
