/**
 * What others see of the states that one client says it has, as JSON.
 *
 * R1  A `text` document's states have the known fields, cleaned (presence.ts); with `any`, other Yjs apps have fields of their
 *     own: those pass, within size and depth. What breaks that throws {@link MalformedBytes}.
 * R2  What a client says about its own role is left out.
 * R3  A cursor as Yjs writes it, of somebody who is called as before, is passed on without taking it apart: half of a relay's
 *     messages are such, one for each key. What comes out is the same.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { LARGEST_STATE, parsePresence } from '../../../src/shared/protocol/presence';
import type { Role } from '../../../src/shared/protocol/roles';
import type { DocumentRules } from '../ports';

/** How deep the state of another Yjs app may be nested. */
const DEEPEST_STATE = 8;

const NUMBER = '(?:0|[1-9][0-9]{0,14})';
const ITEM = `(?:null|\\{"client":${NUMBER},"clock":${NUMBER}\\})`;
const POSITION = `\\{(?:"type":${ITEM},)?(?:"tname":(?:null|"[A-Za-z0-9_-]{0,64}"),)?(?:"item":${ITEM},)?"assoc":(?:0|-?[1-9][0-9]{0,8})\\}`;
const CURSOR_AS_YJS_WRITES_IT = new RegExp(`^\\{"anchor":${POSITION},"head":${POSITION}\\}$`);
const NOTHING_THERE = /"(?:type|tname|item)":null,/g;
/** In no string of a JSON text, because there the quotes would be escaped. */
const CURSOR_KEY = ',"cursor":';

export class StateReader {
  readonly #documents: DocumentRules;
  /** What was last read before a cursor, and what others see of that. */
  #raw: string | undefined;
  #clean = '';

  constructor(documents: DocumentRules) {
    this.#documents = documents;
  }

  /** The JSON of an object without a role; `null` when there is nothing to see. Throws {@link MalformedBytes}. */
  read(json: string): string | null {
    return this.#readKnown(json) ?? this.#readAny(json);
  }

  /** R3 */
  #readKnown(json: string): string | undefined {
    const raw = this.#raw;
    if (raw === undefined || json.length > LARGEST_STATE || !json.startsWith(raw) || !json.startsWith(CURSOR_KEY, raw.length))
      return undefined;
    const cursor = json.slice(raw.length + CURSOR_KEY.length, -1);
    if (!json.endsWith('}') || !CURSOR_AS_YJS_WRITES_IT.test(cursor)) return undefined;
    return `${this.#clean}"cursor":${cursor.replace(NOTHING_THERE, '')}}`;
  }

  #readAny(json: string): string | null {
    if (this.#documents === 'any') return readForeign(json);
    const state = parsePresence(json);
    if (state === null) return null;
    const { user, cursor } = state;
    const at = json.indexOf(CURSOR_KEY);
    // That it could be read, up to a cursor that ends it, says that the text before it has no other end.
    if (at !== -1 && CURSOR_AS_YJS_WRITES_IT.test(json.slice(at + CURSOR_KEY.length, -1))) {
      this.#raw = ownCopy(json.slice(0, at));
      this.#clean = user === undefined ? '{' : `{"user":${JSON.stringify(user)},`;
    }
    return JSON.stringify({ user, cursor });
  }
}

/** @param state what a {@link StateReader} gave. */
export function withRole(state: string, role: Role): string {
  return state === '{}' ? `{"role":"${role}"}` : `${state.slice(0, -1)},"role":"${role}"}`;
}

/** V8 keeps a text as long as any part of it. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

function readForeign(json: string): string | null {
  if (json.length > LARGEST_STATE) throw new MalformedBytes('a presence state is too large');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new MalformedBytes('a presence state is not JSON');
  }
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw new MalformedBytes('a presence state is not an object');
  if (isDeeperThan(value, DEEPEST_STATE)) throw new MalformedBytes('a presence state is nested too deep');
  return JSON.stringify({ ...value, role: undefined });
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
