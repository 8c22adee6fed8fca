import { useSignal } from '@preact/signals';
import { CloudOff, Trash2 } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Role } from '../../../shared/protocol/roles';
import { looksTheSame } from '../../presence/same-looks';
import type { DocumentLinks, FailureKind } from '../../session/links-client';
import { Icon } from '../icon';
import { useObservable, useSteady } from '../observe';
import type { Place } from '../open-place';
import { isLoopback } from '../page-address';
import type { Shell } from '../shell';
import { type AddressForm, AddressFormChoice, addressIn } from './address-form';
import { HandingRow } from './handing-row';
import { LinkList } from './link-list';
import { ReachNote } from './reach-note';
import { plainLink } from './share-view';
import { Sharing } from './sharing';

type OpenPlace = Extract<Place, { type: 'document' }>;

/** What an owner shares: the two links that people want, and all links there are. */
export function OwnerSharing({
  shell,
  place,
  client,
}: {
  readonly shell: Shell;
  readonly place: OpenPlace;
  readonly client: DocumentLinks;
}): VNode {
  const { session } = place;
  const sharing = useMemo(() => new Sharing(client), [client]);
  const form = useSignal<AddressForm>('browser');
  const said = useSignal('');
  useKeptFresh(sharing, place);
  const state = sharing.links.value;
  const addressOf = (secret: string, wanted: AddressForm = form.peek()) => addressIn(wanted, { ...session.address, secret });
  if (state.type === 'failed') return <Failed {...state} retry={() => void sharing.load()} />;
  return (
    <>
      <ReachNote shell={shell} relay={session.address.relay} />
      {(['editor', 'viewer'] satisfies Role[]).map((role) => (
        <HandingRow
          key={role}
          shell={shell}
          lets={role}
          words={role === 'editor' ? 'Write' : 'Read'}
          explanation={role === 'editor' ? 'Whoever has this link can change the text.' : 'Whoever has this link can read along.'}
          copyWords="Copy link"
          what={role === 'editor' ? 'link for writing' : 'link for reading'}
          isFirst={role === 'editor'}
          link={state.type === 'ready' ? plainLink(state.links, sharing.secrets.value, role)?.id : undefined}
          address={async () => addressOf((await sharing.plain(role)).secret)}
          scanned={isLoopback(session.address.relay) ? undefined : async () => addressOf((await sharing.plain(role)).secret, 'browser')}
        />
      ))}
      <AddressFormChoice form={form} scheme={new URL(session.address.relay).protocol} />
      <p class="off-screen" role="status">
        {said}
      </p>
      {state.type === 'loading' ? (
        <p class="share-note" role="status">
          Asking the relay for the links…
        </p>
      ) : (
        <>
          {state.trouble !== undefined && <p class="share-note">{state.trouble} This list may be old.</p>}
          <LinkList
            shell={shell}
            sharing={sharing}
            links={state.links}
            addressOf={addressOf}
            handOver={async (secret) => {
              await shell.parts.bridge.copyText(addressOf(secret)).then(
                () => {
                  said.value = 'The new link is copied.';
                },
                () => {
                  said.value = 'The new link is in the list.';
                },
              );
            }}
          />
          <footer class="share-foot">
            <button
              type="button"
              class="button quiet danger"
              onClick={() => {
                shell.dialog.value = { type: 'delete-document' };
              }}
            >
              <Icon node={Trash2} size={15} />
              Delete this document…
            </button>
          </footer>
        </>
      )}
    </>
  );
}

/** The list is asked for at first, when the relay is back, and whenever somebody came or the person comes back to the window. */
function useKeptFresh(sharing: Sharing, { session, people }: OpenPlace): void {
  const status = useObservable(session.status);
  const isConnected = useSteady(() => status.value.connection.state === 'connected');
  const howMany = useObservable(people, looksTheSame).value.length;
  useEffect(() => void sharing.load(), [sharing, isConnected]);
  const known = useRef(howMany);
  useEffect(() => {
    if (known.current === howMany) return undefined;
    known.current = howMany;
    const timer = setTimeout(() => void sharing.load(), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [sharing, howMany]);
  useEffect(() => {
    const load = () => void sharing.load();
    addEventListener('focus', load);
    return () => removeEventListener('focus', load);
  }, [sharing]);
}

/** A class that comes in at once is one question. */
const SETTLED_MS = 400;

function Failed({ kind, reason, retry }: { readonly kind: FailureKind; readonly reason: string; readonly retry: () => void }): VNode {
  return (
    <div class="share-failed" role="alert">
      <Icon node={CloudOff} size={22} />
      <p>
        {reason}
        {kind === 'unreachable' && ' Links are kept there, and are back when it is.'}
      </p>
      <button type="button" class="button" data-first onClick={retry}>
        Try again
      </button>
    </div>
  );
}
