/** What a request for a stream says in its head (docs/http.md). A secret is never anywhere else. */
import { cleanName } from '../../shared/protocol/presence';
import type { StreamRequest } from './event-stream';

/** An id that cannot be in a header cannot be one of a relay's: like one that it does not know any more. */
const SENDABLE_ID = /^[\x21-\x7e]{1,64}$/;

export function authorization(secret: string | undefined): Record<string, string> {
  return secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
}

export function readerHeaders(reader: StreamRequest['reader']): Record<string, string> {
  return reader === undefined ? {} : { 'Weft-Name': encodeURIComponent(cleanName(reader.name)), 'Weft-Color': reader.color };
}

/** `id`, if the relay can be asked to go on after it. */
export function sendableId(id: string | undefined): string | undefined {
  return id !== undefined && SENDABLE_ID.test(id) ? id : undefined;
}

/** Of a stream on a connection of its own. */
export function streamHeaders({ kind, secret, reader, lastEventId }: StreamRequest): Record<string, string> {
  const id = sendableId(lastEventId);
  return {
    ...authorization(secret),
    ...(kind === 'writer' ? { 'Weft-Connection': 'new' } : {}),
    ...(kind === 'reader' ? { 'Weft-Connection': 'alive', ...readerHeaders(reader) } : {}),
    ...(id === undefined ? {} : { 'Last-Event-ID': id }),
  };
}
