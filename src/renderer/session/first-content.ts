import { cleanText } from '../documents/import-text';
import type { Replica } from '../documents/replica';

/** What a new document begins with. */
export interface FirstContent {
  readonly text: string;
  readonly title: string;
}

const ORIGIN = { name: 'first content' } as const;

export function writeFirst({ text, title }: FirstContent, { doc, content, title: titleText }: Replica): void {
  doc.transact(() => {
    if (text !== '') content.insert(0, cleanText(text));
    if (title !== '') titleText.insert(0, cleanText(title).replaceAll('\n', ' '));
  }, ORIGIN);
}
