import type { RecentDocuments } from '../documents/recent-documents';
import type { Replica } from '../documents/replica';
import { nameFromText } from '../documents/title';
import type { DocumentSession } from '../session/document-session';
import { watchTitle } from './watch-title';

/** A title in the making is not worth a write per key. */
const SETTLED_MS = 400;
/** The text is read for a name only while nobody types. */
const QUIET_MS = 2_000;

/**
 * Keeps a document in the list of recent ones, under its present title, from when its text is there: what was refused,
 * or never found, is not listed. As long as it has no title, it is listed by how its text begins. Returns its own end.
 */
export function rememberDocument(recent: Pick<RecentDocuments, 'remember'>, session: DocumentSession, openedAt: number): () => void {
  let title = '';
  let remembered: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remember = () => {
    clearTimeout(timer);
    if (!session.status.current.loaded) return;
    const name = title.trim() === '' ? nameFromText(session.replica.current.content.toString()) : '';
    const known = `${session.address.relay}\n${session.relayId}\n${title}\n${name}`;
    if (known === remembered) return;
    remembered = known;
    const named = name === '' ? {} : { nameFromText: name };
    void recent.remember({ address: session.address, relayId: session.relayId, title, ...named, openedAt });
  };
  const rememberIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(remember, ms);
  };
  let wasLoaded = session.status.current.loaded;
  const ends = [
    watchTitle(session.replica, (next) => {
      title = next;
      rememberIn(SETTLED_MS);
    }),
    watchText(session, () => {
      if (title.trim() === '') rememberIn(QUIET_MS);
    }),
    session.status.subscribe(({ loaded }) => {
      const where = `${session.address.relay}\n${session.relayId}\n`;
      // A status comes with each key; the text is read when something else is new.
      if (loaded && (!wasLoaded || remembered?.startsWith(where) === false)) remember();
      wasLoaded = loaded;
    }),
  ];
  remember();
  return () => {
    for (const end of ends) end();
    remember();
  };
}

function watchText({ replica }: Pick<DocumentSession, 'replica'>, onChange: () => void): () => void {
  let watched: Replica['content'] = replica.current.content;
  watched.observe(onChange);
  const endReplica = replica.subscribe((next) => {
    watched.unobserve(onChange);
    watched = next.content;
    watched.observe(onChange);
  });
  return () => {
    watched.unobserve(onChange);
    endReplica();
  };
}
