import type { KeptText } from '../documents/offline-copy';
import type { Shell } from './shell';

/** The kept text as a document of its own, so that nothing in the shared one is changed by it. */
export async function keptAsDocument(shell: Shell, { title, text }: KeptText): Promise<void> {
  await shell.newDocument({ title: copyTitle(title), text });
}

/** `notes.md` → `notes (copy).md`: the extension goes on picking the language. */
export function copyTitle(title: string): string {
  const named = title.trim() === '' ? 'Untitled' : title.trim();
  const dot = named.lastIndexOf('.');
  return dot > 0 ? `${named.slice(0, dot)} (copy)${named.slice(dot)}` : `${named} (copy)`;
}
