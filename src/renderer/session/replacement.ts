import * as Y from 'yjs';
import { base64url, type DocumentId } from '../../shared/protocol/routes';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';

/** What is kept of a document that is replaced: its text and title, when the new one says something else. */
export function keptTextOf(
  old: Replica,
  replacement: Replica,
  options: { document: DocumentId; random: (bytes: number) => Uint8Array; at: number },
): KeptText | undefined {
  const [text, title] = [old.content.toString(), old.title.toString()];
  const isSame = text === replacement.content.toString() && title === replacement.title.toString();
  if (isSame || (text === '' && title === '')) return undefined;
  return { id: base64url(options.random(9)), document: options.document, title, text, keptAt: options.at };
}

/** Whether `doc` has everything that `other` has: all that was written, and all that was deleted. */
export function hasAllOf(doc: Y.Doc, other: Y.Doc): boolean {
  const [mine, theirs] = [Y.snapshot(doc), Y.snapshot(other)];
  for (const [client, clock] of theirs.sv) if ((mine.sv.get(client) ?? 0) < clock) return false;
  for (const [client, ranges] of theirs.ds.clients) if (!covers(mine.ds.clients.get(client) ?? [], ranges)) return false;
  return true;
}

type Ranges = readonly { readonly clock: number; readonly len: number }[];

/** Both are in order, and no two ranges of one touch each other. */
function covers(ranges: Ranges, others: Ranges): boolean {
  let index = 0;
  return others.every(({ clock, len }) => {
    for (let range = ranges[index]; range !== undefined && range.clock + range.len < clock + len; range = ranges[index]) index++;
    return (ranges[index]?.clock ?? Number.POSITIVE_INFINITY) <= clock;
  });
}
