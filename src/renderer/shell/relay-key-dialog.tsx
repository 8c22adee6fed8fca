import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { DocumentSession } from '../session/document-session';
import { Modal } from './modal';
import { RelayKeyField } from './relay-key-field';
import type { Shell } from './shell';

/** Asks for the key of the relay where a document begins; closed without it, the document stays on this device. */
export function RelayKeyDialog({ shell }: { readonly shell: Shell }): VNode | null {
  const place = shell.place.value;
  return place.type === 'document' ? <AskForKey key={place.session} shell={shell} session={place.session} /> : null;
}

function AskForKey({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const isTrying = useSignal(false);
  const trouble = useSignal<string | undefined>(undefined);
  const close = () => {
    shell.dialog.value = undefined;
  };
  useEffect(
    () =>
      session.status.subscribe(({ connection }) => {
        if (!isTrying.peek() || connection.state === 'connecting') return;
        isTrying.value = false;
        if (connection.state === 'connected') {
          close();
          shell.say('The document is at the relay now.');
        } else {
          trouble.value = 'reason' in connection && connection.reason !== undefined ? connection.reason : 'The relay cannot be reached.';
        }
      }),
    [session],
  );
  const use = async (key: string) => {
    isTrying.value = true;
    trouble.value = undefined;
    await session.useRelayKey(key).catch((error: unknown) => {
      isTrying.value = false;
      trouble.value = error instanceof Error ? error.message : String(error);
    });
  };
  return (
    <Modal label="The relay’s key" class="small" onClose={close}>
      <h2>The relay asks for its key</h2>
      <p>
        At {new URL(session.address.relay).host} documents are made by those alone who have the relay’s key. What you write is on this
        device until then.
      </p>
      <RelayKeyField words="Use the key" isTrying={isTrying.value} trouble={trouble.value} onKey={use}>
        <button type="button" class="button" onClick={close}>
          Not now
        </button>
      </RelayKeyField>
    </Modal>
  );
}
