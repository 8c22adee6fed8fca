/**
 * The frames that travel between a client and the relay, one per binary message.
 *
 * Types 0, 1 and 3 are exactly those of y-protocols (PROTOCOL.md there), update format v1. Type 100 and 101 are Weft's
 * own and only sent to clients that asked for the sub-protocol `weft.v1`.
 *
 * R1  Every byte of a frame is accounted for: nothing is left over, nothing is read past the end.
 * R2  Decoding never throws anything but {@link MalformedBytes}.
 * R3  Payloads are views into the message: whoever keeps one longer than its turn copies it.
 */
import { ByteReader, MalformedBytes } from './byte-reader';
import { isRole, type Role } from './roles';

export type Frame =
  /** What the sender has, as an encoded state vector: “send me what I lack”. */
  | { readonly type: 'sync-request'; readonly stateVector: Uint8Array }
  /** The answer to a sync-request: an update with everything that was lacking. */
  | { readonly type: 'sync-reply'; readonly update: Uint8Array }
  /** One edit, or several merged. */
  | { readonly type: 'update'; readonly update: Uint8Array }
  /** Presence entries, encoded as y-protocols does; see presence.ts. */
  | { readonly type: 'awareness'; readonly entries: Uint8Array }
  /** “Who is here?”; also the round trip that tells a client that its line is alive. */
  | { readonly type: 'query-awareness' }
  /** Of this connection's writing frames, counted from 1: how many are at the relay, and how many on its disk. */
  | { readonly type: 'progress'; readonly received: number; readonly saved: number }
  | { readonly type: 'notice'; readonly notice: Notice };

/** What the relay has to tell a client besides edits. Times in milliseconds, sizes in bytes. */
export type Notice =
  | { readonly type: 'role'; readonly role: Role }
  | { readonly type: 'draining'; readonly backInMs: number }
  | { readonly type: 'storage'; readonly failing: boolean };

export const SUBPROTOCOL_WEFT = 'weft.v1';
export const SUBPROTOCOL_PLAIN = 'weft.plain';
/** Followed by a secret in base64url; never answered. */
export const SUBPROTOCOL_SECRET_PREFIX = 'weft.secret.';

const SYNC = 0;
const AWARENESS = 1;
const QUERY_AWARENESS = 3;
/** Also the index of the client's handler in `provider.messageHandlers`. */
export const PROGRESS = 100;
/** Also the index of the client's handler in `provider.messageHandlers`. */
export const NOTICE = 101;

const SYNC_REQUEST = 0;
const SYNC_REPLY = 1;
const UPDATE = 2;

/** Throws {@link MalformedBytes} when the bytes are not exactly one frame. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new ByteReader(bytes);
  const frame = readFrame(reader);
  reader.expectEnd();
  return frame;
}

/** By its first bytes, as whoever writes the shortest form begins: `false` may be one all the same. Nothing is checked. */
export function isEditOrPresence(bytes: Uint8Array): boolean {
  return bytes[0] === AWARENESS || (bytes[0] === SYNC && bytes[1] === UPDATE);
}

function readFrame(reader: ByteReader): Frame {
  const type = reader.readVarUint();
  switch (type) {
    case SYNC: {
      const step = reader.readVarUint();
      if (step === SYNC_REQUEST) return { type: 'sync-request', stateVector: reader.readVarBytes() };
      if (step === SYNC_REPLY) return { type: 'sync-reply', update: reader.readVarBytes() };
      if (step === UPDATE) return { type: 'update', update: reader.readVarBytes() };
      throw new MalformedBytes(`unknown sync step ${step}`);
    }
    case AWARENESS:
      return { type: 'awareness', entries: reader.readVarBytes() };
    case QUERY_AWARENESS:
      return { type: 'query-awareness' };
    case PROGRESS:
      return { type: 'progress', received: reader.readVarUint(), saved: reader.readVarUint() };
    case NOTICE:
      return { type: 'notice', notice: parseNotice(reader.readVarString()) };
    default:
      throw new MalformedBytes(`unknown frame type ${type}`);
  }
}

export function encodeFrame(frame: Frame): Uint8Array {
  switch (frame.type) {
    case 'sync-request':
      return withPayload(SYNC, SYNC_REQUEST, frame.stateVector);
    case 'sync-reply':
      return withPayload(SYNC, SYNC_REPLY, frame.update);
    case 'update':
      return withPayload(SYNC, UPDATE, frame.update);
    case 'awareness':
      return withPayload(AWARENESS, undefined, frame.entries);
    case 'query-awareness':
      return Uint8Array.of(QUERY_AWARENESS);
    case 'progress':
      return encodeProgress(frame.received, frame.saved);
    case 'notice':
      return withPayload(NOTICE, undefined, new TextEncoder().encode(JSON.stringify(frame.notice)));
  }
}

/** The bytes of a number as lib0's `writeVarUint` writes them. */
export function encodeVarUint(value: number): Uint8Array {
  const bytes = new Uint8Array(sizeOfVarUint(value));
  writeVarUint(bytes, 0, value);
  return bytes;
}

/** How many bytes lib0's `writeVarUint` takes for a number. */
export function sizeOfVarUint(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a number as lib0 does and returns where the next byte goes. */
export function writeVarUint(into: Uint8Array, at: number, value: number): number {
  let next = at;
  let rest = value;
  while (rest > 127) {
    into[next++] = 0x80 | (rest % 128);
    rest = Math.floor(rest / 128);
  }
  into[next++] = rest;
  return next;
}

/** One allocation, one copy: every edit and every cursor passes here. */
function withPayload(type: number, step: number | undefined, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const bytes = new Uint8Array((step === undefined ? 1 : 2) + sizeOfVarUint(length) + length);
  let at = 0;
  bytes[at++] = type;
  if (step !== undefined) bytes[at++] = step;
  bytes.set(payload, writeVarUint(bytes, at, length));
  return bytes;
}

/**
 * An awareness frame out of encoded entries.
 * @param allocate gives bytes that are written in full here.
 */
export function writeAwarenessFrame(entries: readonly Uint8Array[], allocate: (bytes: number) => Uint8Array): Uint8Array {
  let length = sizeOfVarUint(entries.length);
  for (const entry of entries) length += entry.length;
  const bytes = allocate(1 + sizeOfVarUint(length) + length);
  bytes[0] = AWARENESS;
  let at = writeVarUint(bytes, writeVarUint(bytes, 1, length), entries.length);
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

function encodeProgress(received: number, saved: number): Uint8Array {
  const bytes = new Uint8Array(1 + sizeOfVarUint(received) + sizeOfVarUint(saved));
  bytes[0] = PROGRESS;
  writeVarUint(bytes, writeVarUint(bytes, 1, received), saved);
  return bytes;
}

function parseNotice(text: string): Notice {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedBytes('a notice is not JSON');
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) throw new MalformedBytes('a notice has no type');
  if (value.type === 'role' && 'role' in value && isRole(value.role)) return { type: 'role', role: value.role };
  if (value.type === 'draining' && 'backInMs' in value && typeof value.backInMs === 'number')
    return { type: 'draining', backInMs: value.backInMs };
  if (value.type === 'storage' && 'failing' in value && typeof value.failing === 'boolean')
    return { type: 'storage', failing: value.failing };
  throw new MalformedBytes('an unknown notice');
}
