import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { shownTitle } from '../../documents/title';
import { runCommand } from '../commands';
import { Modal } from '../modal';
import type { Shell } from '../shell';

/** Asks before a document is deleted for everyone; afterwards it is gone from this device too. */
export function DeleteDocumentDialog({ shell }: { readonly shell: Shell }): VNode | null {
  const place = shell.place.value;
  const isWorking = useSignal(false);
  const trouble = useSignal<string | undefined>(undefined);
  if (place.type !== 'document') return null;
  const { session } = place;
  const title = shownTitle(session.replica.current.title.toString());
  const close = () => {
    shell.dialog.value = undefined;
  };
  const remove = async () => {
    if (isWorking.peek()) return;
    isWorking.value = true;
    trouble.value = undefined;
    try {
      await shell.parts.linksOf(session).deleteDocument();
      close();
      await shell.forget(session.address);
      shell.say(`“${title}” is deleted.`);
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    } finally {
      isWorking.value = false;
    }
  };
  return (
    <Modal label="Delete this document" onClose={close}>
      <h2>
        Delete “<bdi>{title}</bdi>” for everyone?
      </h2>
      <p>
        Its text and all its links are gone from the relay for ever, and its copy from this device. Everyone in it is shut out at once; what
        the devices of the others have kept stays with them.
      </p>
      <p class="wrong" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      <div class="modal-ways">
        <button type="button" class="button danger" aria-busy={isWorking.value} onClick={() => void remove()}>
          Delete for everyone
        </button>
        <button type="button" class="button" onClick={() => runCommand(shell, 'save-copy')}>
          Save a copy…
        </button>
        <button type="button" class="button main" data-first onClick={close}>
          Keep it
        </button>
      </div>
    </Modal>
  );
}
