import { MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { LARGEST_STATE, parsePresence } from '../../src/shared/protocol/presence';
import type { DocumentRules } from './ports';

/** How deep the state of another Yjs app may be nested. */
const DEEPEST_STATE = 8;

/**
 * A client's own presence state, as far as it is passed on; `null` when it has none. Throws {@link MalformedBytes}.
 *
 * With `any`, other Yjs apps have fields of their own: those pass, within size and depth.
 */
export function parseState(json: string, documents: DocumentRules): object | null {
  if (documents === 'text') return parsePresence(json);
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
  return value;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
