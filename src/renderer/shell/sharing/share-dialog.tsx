import { X } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { shownTitle } from '../../documents/title';
import type { DocumentSession } from '../../session/document-session';
import { Icon } from '../icon';
import { Modal } from '../modal';
import { useObservable } from '../observe';
import type { Place } from '../open-place';
import type { Shell } from '../shell';
import { watchTitle } from '../watch-title';
import { GuestSharing } from './guest-sharing';
import { OwnerSharing } from './owner-sharing';
import { shareViewOf } from './share-view';

type OpenPlace = Extract<Place, { type: 'document' }>;

/** How others get into the open document: for whoever may say so, and for whoever only has something to pass on. */
export function ShareDialog({ shell }: { readonly shell: Shell }): VNode | null {
  const place = shell.place.value;
  const isOpen = place.type === 'document';
  useEffect(() => {
    // The document is gone from under it.
    if (!isOpen) shell.dialog.value = undefined;
  }, [isOpen, shell]);
  return isOpen ? <Share key={place.session} shell={shell} place={place} /> : null;
}

function Share({ shell, place }: { readonly shell: Shell; readonly place: OpenPlace }): VNode {
  const { session } = place;
  const status = useObservable(session.status).value;
  const title = useTitle(session);
  const key = useObservable(session.keptKey).value;
  const client = useMemo(() => shell.parts.linksOf(session), [shell, session]);
  const address = { ...session.address, secret: '' };
  const close = () => {
    shell.dialog.value = undefined;
  };
  const view = shareViewOf(status, key, session.address.secret);
  return (
    <Modal label={`Share “${title}”`} class="share" onClose={close}>
      <header class="modal-head">
        <h2 title={title}>
          Share “<bdi>{title}</bdi>”
        </h2>
        <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close}>
          <Icon node={X} />
        </button>
      </header>
      {view.type === 'owner' ? (
        <OwnerSharing shell={shell} place={place} client={client} />
      ) : (
        <GuestSharing shell={shell} address={address} view={view} retry={() => session.retry()} />
      )}
    </Modal>
  );
}

function useTitle(session: DocumentSession): string {
  const [title, setTitle] = useState(() => shownTitle(session.replica.current.title.toString()));
  useEffect(() => watchTitle(session.replica, (next) => setTitle(shownTitle(next))), [session]);
  return title;
}
