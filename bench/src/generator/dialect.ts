/**
 * How clients of a relay speak. All carry y-protocols; Hocuspocus puts the document's name before every message and wants
 * a token first, Weft's own client asks for progress frames, and a bare broadcast understands nothing.
 */
import { concat, varBytes, varString, varUint } from './bytes.ts';

export type Dialect = 'yjs' | 'weft' | 'hocuspocus' | 'broadcast';

export type MessageKind = 'sync-request' | 'sync-reply' | 'update' | 'awareness' | 'progress' | 'other';

/** One dialect, about one document. */
export interface Speech {
  readonly path: string;
  readonly protocol: string | undefined;
  /** Whether the relay answers a sync-request; where not, whoever is connected has joined. */
  readonly answers: boolean;
  /** Bytes before the type of every message. */
  readonly prefix: number;
  greeting(stateVector: Uint8Array): readonly Uint8Array[];
  update(update: Uint8Array): Uint8Array;
  syncReply(update: Uint8Array): Uint8Array;
  awareness(entries: Uint8Array): Uint8Array;
}

const SYNC = 0;
const AWARENESS = 1;
const AUTHENTICATION = 2;
const HOCUSPOCUS_REPLY = 4;
const PROGRESS = 100;
const TOKEN = 0;

export function speechOf(dialect: Dialect, document: string): Speech {
  const prefix = dialect === 'hocuspocus' ? varString(document) : [];
  const sync = (kind: number, bytes: Uint8Array): Uint8Array => concat(prefix, [SYNC, kind], varBytes(bytes));
  return {
    path: `/${document}`,
    protocol: dialect === 'weft' ? 'weft.v1' : undefined,
    answers: dialect !== 'broadcast',
    prefix: prefix.length,
    greeting(stateVector) {
      if (dialect === 'broadcast') return [];
      const request = sync(0, stateVector);
      return dialect === 'hocuspocus' ? [concat(prefix, varUint(AUTHENTICATION), [TOKEN], varString('token')), request] : [request];
    },
    update: (update) => sync(2, update),
    syncReply: (update) => sync(1, update),
    awareness: (entries) => concat(prefix, [AWARENESS], varBytes(entries)),
  };
}

/** @param at where the message's type is. */
export function kindOf(bytes: Uint8Array, at: number): MessageKind {
  switch (bytes[at]) {
    case SYNC:
    case HOCUSPOCUS_REPLY:
      return bytes[at + 1] === 0 ? 'sync-request' : bytes[at + 1] === 1 ? 'sync-reply' : 'update';
    case AWARENESS:
      return 'awareness';
    case PROGRESS:
      return 'progress';
    default:
      return 'other';
  }
}
