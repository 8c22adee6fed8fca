/** Addresses of documents: what people copy, send, paste and click. */
import { type DocumentId, documentIdInPath, documentPath, parseDocumentId } from './routes';

/** Where a document is. */
export interface DocumentAddress {
  /** `http(s)://host[:port]` of the relay, without a path. */
  readonly relay: string;
  readonly document: DocumentId;
  /** The part behind `#`, which never reaches a server. Empty when there is none. */
  readonly secret: string;
}

/** The form that opens in any browser, and in the app when pasted there. */
export function browserAddress({ relay, document, secret }: DocumentAddress): string {
  return `${relay}${documentPath(document)}${secret === '' ? '' : `#${secret}`}`;
}

/** The form that opens the app: `weft://join/<id>?relay=<origin>#<secret>`. */
export function appAddress({ relay, document, secret }: DocumentAddress): string {
  return `weft://join/${document}?relay=${encodeURIComponent(relay)}${secret === '' ? '' : `#${secret}`}`;
}

/**
 * Reads either form, or a bare document id when there is a relay to look for it (`defaultRelay`).
 * `undefined` when it is none of them: the caller says so in its own words.
 */
export function parseAddress(text: string, defaultRelay?: string): DocumentAddress | undefined {
  const trimmed = text.trim();
  const bare = parseDocumentId(trimmed);
  if (bare !== undefined && defaultRelay !== undefined) return { relay: defaultRelay, document: bare, secret: '' };
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return undefined;
  }
  return url.protocol === 'weft:' ? fromAppUrl(url) : fromBrowserUrl(url);
}

/** The origin of a relay as typed by a person (`localhost:4321`, `https://relay.example/`), or `undefined`. */
export function parseRelayOrigin(text: string): string | undefined {
  const trimmed = text.trim();
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
    const isPlain = (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
    return isPlain && url.hostname !== '' ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

function fromBrowserUrl(url: URL): DocumentAddress | undefined {
  const relay = parseRelayOrigin(url.href);
  const document = documentIdInPath(url.pathname);
  return relay === undefined || document === undefined ? undefined : { relay, document, secret: url.hash.slice(1) };
}

function fromAppUrl(url: URL): DocumentAddress | undefined {
  if (url.hostname !== 'join') return undefined;
  const relay = parseRelayOrigin(url.searchParams.get('relay') ?? '');
  const document = parseDocumentId(url.pathname.slice(1));
  return relay === undefined || document === undefined ? undefined : { relay, document, secret: url.hash.slice(1) };
}
