import type { RecentDocument } from '../documents/recent-documents';
import { shownTitle } from '../documents/title';

/** What a listed document is called: by its title, or by how its text begins. */
export function documentName({ title, nameFromText = '' }: Pick<RecentDocument, 'title' | 'nameFromText'>): string {
  return title.trim() === '' && nameFromText !== '' ? nameFromText : shownTitle(title);
}
