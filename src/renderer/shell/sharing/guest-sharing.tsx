import { useSignal } from '@preact/signals';
import { CloudOff, KeyRound } from 'lucide';
import type { VNode } from 'preact';
import type { DocumentAddress } from '../../../shared/protocol/links';
import { Icon } from '../icon';
import { isLoopback } from '../page-address';
import type { Shell } from '../shell';
import { type AddressForm, AddressFormChoice, addressIn } from './address-form';
import { HandingRow } from './handing-row';
import { ReachNote } from './reach-note';
import type { ShareView } from './share-view';

interface GuestSharingProps {
  readonly shell: Shell;
  /** Without a secret. */
  readonly address: DocumentAddress;
  readonly retry: () => void;
  readonly view: Exclude<ShareView, { readonly type: 'owner' }>;
}

/** What everyone but an owner can hand on, or how to get something to hand on. */
export function GuestSharing({ shell, address, view, retry }: GuestSharingProps): VNode {
  switch (view.type) {
    case 'address':
      return (
        <HandOn
          shell={shell}
          address={address}
          lets="editor"
          words="Write"
          explanation="This relay lets everyone in: whoever knows the address can change the text."
          copyWords="Copy address"
          what="address of the document"
        />
      );
    case 'pass-on':
      return (
        <HandOn
          shell={shell}
          address={{ ...address, secret: view.secret }}
          lets={view.role}
          words={view.role === 'editor' ? 'Write' : 'Read'}
          explanation={
            view.role === 'editor'
              ? 'The link that you came by. Whoever has it can change the text, as you can.'
              : 'The link that you came by. Whoever has it can read along, as you can.'
          }
          copyWords="Copy link"
          what="link that you came by"
        >
          <p class="share-note">Its owner sees who came by it, and may have limited it. For another link, ask the owner.</p>
        </HandOn>
      );
    case 'ask':
      return (
        <p class="share-words">
          What lets you in is meant for you alone. To bring somebody along, ask the owner of this document for a link.
        </p>
      );
    case 'shut-out':
      return (
        <p class="share-words">
          Your link does not open this document any more, so there is nothing to pass on. Ask its owner for a new one.
        </p>
      );
    case 'needs-relay-key':
      return (
        <div class="share-failed" role="status">
          <Icon node={KeyRound} size={22} />
          <p>Before this document can be shared, its relay has to make it, and asks for its key.</p>
          <button
            type="button"
            class="button"
            data-first
            onClick={() => {
              shell.dialog.value = { type: 'relay-key' };
            }}
          >
            Enter the key…
          </button>
        </div>
      );
    case 'not-yet':
      return (
        <div class="share-failed" role="status">
          <Icon node={CloudOff} size={22} />
          <p>Links are made by the relay, and it cannot be reached right now. What you write is on this device meanwhile.</p>
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        </div>
      );
  }
}

interface HandOnProps extends GuestHandProps {
  readonly shell: Shell;
  readonly address: DocumentAddress;
  readonly children?: VNode;
}

type GuestHandProps = Pick<Parameters<typeof HandingRow>[0], 'lets' | 'words' | 'explanation' | 'copyWords' | 'what'>;

function HandOn({ shell, address, children, ...row }: HandOnProps): VNode {
  const form = useSignal<AddressForm>('browser');
  return (
    <>
      <ReachNote shell={shell} relay={address.relay} />
      <HandingRow
        shell={shell}
        {...row}
        isFirst
        address={() => addressIn(form.peek(), address)}
        scanned={isLoopback(address.relay) ? undefined : () => addressIn('browser', address)}
      />
      <AddressFormChoice form={form} scheme={new URL(address.relay).protocol} />
      {children}
    </>
  );
}
