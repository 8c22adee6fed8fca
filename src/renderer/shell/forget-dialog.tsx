import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
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
  const [isOwner, setOwner] = useState(false);
  useEffect(() => {
    void shell.parts.keyring.find(address).then((key) => setOwner(key?.isOwner === true));
  }, [shell, address]);
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Forget this document" class="small" onClose={close}>
      <h2>Forget “{title}”?</h2>
      <p>
        It is taken from this list together with its offline copy and its key: what the relay does not have is lost. What it has stays
        there, and the document’s address or link opens it again.
      </p>
      {isOwner && (
        <p class="wrong">
          You own this document by the key on this device: without it, nobody can make or revoke its links, or delete it, any more.
        </p>
      )}
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
