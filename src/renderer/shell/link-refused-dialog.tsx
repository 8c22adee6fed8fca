import type { VNode } from 'preact';
import type { LinkFault } from '../../shared/bridge';
import { Modal } from './modal';
import type { Shell } from './shell';

const FAULTS: Readonly<Record<LinkFault, string>> = {
  'too-long': 'It is longer than any link to a document. Something may have been added to it on the way: ask for it again.',
  unreadable: 'It names no document. Part of it may have been lost on the way: ask for it again, or paste the whole of it.',
};

/** A link was clicked that leads nowhere. */
export function LinkRefusedDialog({ shell, fault }: { readonly shell: Shell; readonly fault: LinkFault }): VNode {
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="The link cannot be opened" class="small" onClose={close}>
      <h2>This link cannot be opened</h2>
      <p>{FAULTS[fault]}</p>
      <div class="modal-ways">
        <button type="button" class="button main" onClick={close}>
          OK
        </button>
      </div>
    </Modal>
  );
}
