/**
 * What requests for streams say: as whom they read, and from where they go on.
 *
 * R1  A secret comes in `Authorization: Bearer` alone. In an address it would be in every log on the way: refused, so that
 *     nobody gets used to it.
 * R2  Names and colours are headers, cleaned like everybody's.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { cleanName, parsePresence } from '../../src/shared/protocol/presence';
import type { Grant } from '../access/grants';
import { RefusedRequest } from './refused-request';

const SECRET_PARAMETERS = ['secret', 'token', 'access_token', 'authorization', 'key'];
/** Longer than any colour that is one. */
const LONGEST_COLOR = 16;

/** @throws {Rejected} `malformed`, R1 */
export function forbidSecretInAddress(url: string): void {
  const [, query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  if (SECRET_PARAMETERS.some((name) => parameters.has(name)))
    throw new RefusedRequest('malformed', 'A secret is never part of an address: send it as “Authorization: Bearer …”.');
}

/** The value of a header that was sent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** What a reader says of itself, as it came. */
export interface ReaderWords {
  readonly name: string;
  readonly color: string;
}

export const NO_WORDS: ReaderWords = { name: '', color: '' };

/** @param before what counts where the request says nothing. @throws {Rejected} `malformed` */
export function readerWords(headers: IncomingHttpHeaders, before: ReaderWords = NO_WORDS): ReaderWords {
  const name = headerOf(headers, 'weft-name');
  const color = headerOf(headers, 'weft-color');
  return {
    name: name === undefined ? before.name : decodeName(name),
    color: color === undefined ? before.color : color.slice(0, LONGEST_COLOR),
  };
}

/** `new`: frames will be POSTed for it; `alive`: signs of life will. @throws {Rejected} `malformed` */
export function connectionAsked(headers: IncomingHttpHeaders): 'new' | 'alive' | undefined {
  const asked = headerOf(headers, 'weft-connection');
  if (asked === undefined || asked === 'new' || asked === 'alive') return asked;
  throw new RefusedRequest('malformed', 'The header Weft-Connection can only be “new” or “alive” here.');
}

/** The JSON of a reader's presence state (R2). A name that is known counts, then the one that is said now, then one from before. */
export function readerState({ name: said, color }: ReaderWords, { name, saidName = '' }: Pick<Grant, 'name' | 'saidName'>): string {
  const shown = name ?? (said === '' ? saidName : said);
  return JSON.stringify(parsePresence(JSON.stringify({ user: { name: cleanName(shown), color } })));
}

function decodeName(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    throw new RefusedRequest('malformed', 'The header Weft-Name has to be percent-encoded UTF-8.');
  }
}
