/**
 * One person in a document, as it travels in awareness frames.
 *
 * R1  A state that leaves here has only known fields, each of a known shape and bounded size.
 * R2  Names are one line of visible text; colours are `#rrggbb`: neither can ever be markup, style or a new line.
 */
import { ByteReader, MalformedBytes } from './byte-reader';
import { sizeOfVarUint, writeVarUint } from './frames';
import { isRole, type Role } from './roles';

export interface Presence {
  readonly user?: PresenceUser;
  /** Where the caret is, as Yjs relative positions in JSON; absent when the person is not in the text. */
  readonly cursor?: PresenceCursor;
  /** Added by the relay; what a client says about its own role is not passed on. */
  readonly role?: Role;
}

export interface PresenceUser {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** `#rrggbb` or `#rrggbbaa`: what y-codemirror clients use for selections. */
  readonly colorLight?: string;
}

export interface PresenceCursor {
  readonly anchor: RelativePosition;
  readonly head: RelativePosition;
}

/** `Y.relativePositionToJSON`: bounded copies of what the client sent. */
export interface RelativePosition {
  readonly type?: { readonly client: number; readonly clock: number } | null;
  readonly tname?: string | null;
  readonly item?: { readonly client: number; readonly clock: number } | null;
  readonly assoc?: number;
}

/** One entry of an awareness frame. `state` is the JSON text as sent: most entries are foreign and never parsed. */
export interface AwarenessEntry {
  readonly id: number;
  readonly clock: number;
  readonly state: string;
}

export const LONGEST_NAME = 64;
const utf8 = new TextEncoder();
/** JSON text of one state, in UTF-16 units. */
export const LARGEST_STATE = 4096;
/** An honest stock client sends back everybody it knows. */
export const MOST_ENTRIES = 10_000;

/** Throws {@link MalformedBytes}. Format: count, then (id, clock, JSON string) each; y-protocols `encodeAwarenessUpdate`. */
export function decodeAwareness(bytes: Uint8Array): AwarenessEntry[] {
  const reader = new ByteReader(bytes);
  const count = reader.readVarUint();
  if (count > MOST_ENTRIES || count * 3 > reader.remaining) throw new MalformedBytes('too many awareness entries');
  const entries: AwarenessEntry[] = [];
  for (let index = 0; index < count; index++) {
    entries.push({ id: reader.readVarUint(), clock: reader.readVarUint(), state: reader.readVarString() });
  }
  reader.expectEnd();
  return entries;
}

export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  return joinEntries(entries.map(encodeEntry));
}

/** One entry of an awareness frame. */
export function encodeEntry({ id, clock, state }: AwarenessEntry): Uint8Array {
  const text = utf8.encode(state);
  const bytes = new Uint8Array(sizeOfVarUint(id) + sizeOfVarUint(clock) + sizeOfVarUint(text.length) + text.length);
  bytes.set(text, writeVarUint(bytes, writeVarUint(bytes, writeVarUint(bytes, 0, id), clock), text.length));
  return bytes;
}

/** The entries of one awareness frame out of encoded ones. */
export function joinEntries(entries: readonly Uint8Array[]): Uint8Array {
  let length = sizeOfVarUint(entries.length);
  for (const entry of entries) length += entry.length;
  const joined = new Uint8Array(length);
  let at = writeVarUint(joined, 0, entries.length);
  for (const entry of entries) {
    joined.set(entry, at);
    at += entry.length;
  }
  return joined;
}

/**
 * The known fields of a state, cleaned; `null` when the person left. Throws {@link MalformedBytes} when it is not an
 * object, too large, or not JSON. Fields of a wrong shape are dropped, not fatal: other Yjs apps have other fields.
 */
export function parsePresence(json: string): Presence | null {
  if (json.length > LARGEST_STATE) throw new MalformedBytes('a presence state is too large');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new MalformedBytes('a presence state is not JSON');
  }
  if (value === null) return null;
  if (!isRecord(value)) throw new MalformedBytes('a presence state is not an object');
  const user = parseUser(value.user);
  const cursor = parseCursor(value.cursor);
  return {
    ...(user === undefined ? {} : { user }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(isRole(value.role) ? { role: value.role } : {}),
  };
}

/** One line of at most {@link LONGEST_NAME} characters, without controls, direction marks or lone surrogates. */
export function cleanName(name: string): string {
  const visible = name
    .slice(0, 4 * LONGEST_NAME)
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return [...visible].slice(0, LONGEST_NAME).join('');
}

function parseUser(value: unknown): PresenceUser | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') return undefined;
  const color = typeof value.color === 'string' && /^#[0-9a-f]{6}$/i.test(value.color) ? value.color : '#808080';
  const light =
    typeof value.colorLight === 'string' && /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(value.colorLight) ? value.colorLight : undefined;
  return { name: cleanName(value.name), color, ...(light === undefined ? {} : { colorLight: light }) };
}

function parseCursor(value: unknown): PresenceCursor | undefined {
  if (!isRecord(value)) return undefined;
  const anchor = parsePosition(value.anchor);
  const head = parsePosition(value.head);
  return anchor === undefined || head === undefined ? undefined : { anchor, head };
}

function parsePosition(value: unknown): RelativePosition | undefined {
  if (!isRecord(value)) return undefined;
  const type = parseItemId(value.type);
  const item = parseItemId(value.item);
  return {
    ...(type === undefined ? {} : { type }),
    ...(typeof value.tname === 'string' && value.tname.length <= 64 ? { tname: value.tname } : {}),
    ...(item === undefined ? {} : { item }),
    ...(Number.isSafeInteger(value.assoc) ? { assoc: value.assoc as number } : {}),
  };
}

function parseItemId(value: unknown): { client: number; clock: number } | undefined {
  if (!isRecord(value) || !isCount(value.client) || !isCount(value.clock)) return undefined;
  return { client: value.client, clock: value.clock };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
