import type { DocumentSession } from '../session/document-session';
import { addressInPage, isSameDocument, pagePathFor } from './page-address';

/**
 * Takes the secret out of the page's own address as soon as this device keeps what it stands for: addresses get into
 * histories, bookmarks, pictures of the screen and messages. Where nothing can be kept, it stays: it is all there is.
 * Returns its own end.
 */
export function hideSecret(session: Pick<DocumentSession, 'address' | 'keptKey' | 'status'>, pageRelay: string | undefined): () => void {
  const hide = () => {
    // The session lets go of it when it is kept.
    if (session.address.secret !== '' || hasNoSecret(location)) return;
    const shown = addressInPage(new URL(location.href), pageRelay);
    if (shown === undefined || shown.secret === '' || !isSameDocument(shown, session.address)) return;
    history.replaceState(history.state, '', pagePathFor({ ...shown, secret: '' }, pageRelay));
  };
  const ends = [session.keptKey.subscribe(hide), session.status.subscribe(hide)];
  hide();
  return () => {
    for (const end of ends) end();
  };
}

/** In a browser it is behind the `#`, in the app in the query: asked with each status, so a page without either is not taken apart. */
function hasNoSecret({ hash, search }: Location): boolean {
  return hash === '' && search === '';
}

/** Whether a secret might let more in an open document than what this device has: then it is opened anew with it. */
export function bringsMore({ address, keptKey, status }: Pick<DocumentSession, 'address' | 'keptKey' | 'status'>, secret: string): boolean {
  const key = keptKey.current;
  return secret !== '' && !status.current.isOwner && ![address.secret, key?.secret, key?.link].includes(secret);
}
