import { base64url, type DocumentId } from '../../shared/protocol/routes';
import type { KeptText } from '../documents/offline-copy';
import type { Replica } from '../documents/replica';

/** What is kept of a document that is replaced: its text, when the new one says something else. */
export function keptTextOf(
  old: Replica,
  replacement: Replica,
  options: { document: DocumentId; random: (bytes: number) => Uint8Array; at: number },
): KeptText | undefined {
  const text = old.content.toString();
  const isSame = text === replacement.content.toString();
  if (isSame || text === '') return undefined;
  return { id: base64url(options.random(9)), document: options.document, title: old.title.toString(), text, keptAt: options.at };
}
