import type { RecentDocuments } from '../documents/recent-documents';
import type { DocumentSession } from '../session/document-session';
import { watchTitle } from './watch-title';

/** A title in the making is not worth a write per key. */
const SETTLED_MS = 400;

/**
 * Keeps a document in the list of recent ones, under its present title, from when its text is there: what was refused,
 * or never found, is not listed. Returns its own end.
 */
export function rememberDocument(recent: Pick<RecentDocuments, 'remember'>, session: DocumentSession, openedAt: number): () => void {
  let title = '';
  let remembered: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remember = () => {
    clearTimeout(timer);
    const known = `${session.address.relay}\n${session.relayId}\n${title}`;
    if (!session.status.current.loaded || known === remembered) return;
    remembered = known;
    void recent.remember({ address: session.address, relayId: session.relayId, title, openedAt });
  };
  const ends = [
    watchTitle(session.replica, (next) => {
      title = next;
      clearTimeout(timer);
      timer = setTimeout(remember, SETTLED_MS);
    }),
    session.status.subscribe(remember),
  ];
  remember();
  return () => {
    for (const end of ends) end();
    remember();
  };
}
