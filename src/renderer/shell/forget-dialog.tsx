import type { VNode } from 'preact';
import type { DocumentAddress } from '../../shared/protocol/links';
import { Modal } from './modal';
import type { Shell } from './shell';

/** Asks before a document is taken from the list together with its offline copy. */
export function ForgetDialog({
  shell,
  address,
  title,
}: {
  readonly shell: Shell;
  readonly address: DocumentAddress;
  readonly title: string;
}): VNode {
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Forget this document" class="small" onClose={close}>
      <h2>Forget “{title}”?</h2>
      <p>
        It is taken from this list together with its offline copy and its key: what the relay does not have is lost. What it has stays
        there, and the document’s address or link opens it again. Whoever owns the document gives that up.
      </p>
      <div class="modal-ways">
        <button type="button" class="button" onClick={close}>
          Keep it
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            close();
            void shell.forget(address);
          }}
        >
          Forget
        </button>
      </div>
    </Modal>
  );
}
