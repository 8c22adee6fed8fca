import type { VNode } from 'preact';
import { isDeleted, type SessionStatus } from '../session/status';
import { runCommand } from './commands';
import { Modal } from './modal';
import type { Shell } from './shell';

/** Whether leaving would lose text: it is neither in the offline copy nor at the relay. */
export function isInThisWindowOnly({ truth, offlineCopy, unsavedSince, connection }: SessionStatus): boolean {
  return truth === 'on-device' && !offlineCopy.ok && (unsavedSince !== undefined || isDeleted(connection));
}

/** Asks before a text that is nowhere else is left. Closing the dialog means to stay. */
export function LeaveDialog({ shell, answer }: { readonly shell: Shell; readonly answer: (leave: boolean) => void }): VNode {
  const close = (leave: boolean) => {
    shell.dialog.value = undefined;
    answer(leave);
  };
  return (
    <Modal label="Leave this document" class="small" onClose={() => close(false)}>
      <h2>Leave this document?</h2>
      <p>What you typed last is in this window only: this device keeps no copy of it, and the relay does not have it.</p>
      <div class="modal-ways">
        <button type="button" class="button danger" onClick={() => close(true)}>
          Leave and lose it
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            close(false);
            runCommand(shell, 'save-copy');
          }}
        >
          Save a copy…
        </button>
        <button type="button" class="button main" data-first onClick={() => close(false)}>
          Stay
        </button>
      </div>
    </Modal>
  );
}
