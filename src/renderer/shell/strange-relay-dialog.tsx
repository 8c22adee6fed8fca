import type { VNode } from 'preact';
import type { DocumentAddress } from '../../shared/protocol/links';
import { Modal } from './modal';
import type { Shell } from './shell';

/** Asks before an address that came from outside connects to a relay that this device does not know. */
export function StrangeRelayDialog({ shell, address }: { readonly shell: Shell; readonly address: DocumentAddress }): VNode {
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Open a document at another relay" class="small" onClose={close}>
      <h2>Open a document at {new URL(address.relay).host}?</h2>
      <p>You have not used this relay before. It will learn your name, and whatever you write in the document.</p>
      <div class="modal-ways">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="button main"
          onClick={() => {
            close();
            void shell.open(address);
          }}
        >
          Open
        </button>
      </div>
    </Modal>
  );
}
