import { MonitorX } from 'lucide';
import type { VNode } from 'preact';
import { Icon } from '../icon';
import { isLoopback } from '../page-address';
import type { Shell } from '../shell';

/** Says it where only this computer can open what is handed over: a link promises more than that. And what to do about it. */
export function ReachNote({ shell, relay }: { readonly shell: Shell; readonly relay: string }): VNode | null {
  if (!isLoopback(relay)) return null;
  return (
    <p class="share-reach" role="note">
      <Icon node={MonitorX} size={18} />
      {relay === shell.relays.bundledAddress.value ? (
        <span>
          The relay of this document is on this computer, so only this computer can open it. <Elsewhere shell={shell} />
        </span>
      ) : (
        // It may listen at others too.
        <span>
          This window was opened at an address of this computer only, and so is what you hand on here. To share with others, open the relay
          by its network address.
        </span>
      )}
    </p>
  );
}

/** The relay of the app is nobody else's, whatever one opens it by: a document that others shall reach lives elsewhere. */
function Elsewhere({ shell }: { readonly shell: Shell }): VNode {
  const relay = shell.defaultRelay.value;
  const isChosen = relay !== undefined && !isLoopback(relay);
  const { dialog } = shell;
  if (!isChosen) {
    return (
      <>
        New documents can live at a relay that others reach:{' '}
        <button
          type="button"
          class="way-to-settings"
          onClick={() => {
            dialog.value = { type: 'settings' };
          }}
        >
          choose one
        </button>
        .
      </>
    );
  }
  return (
    <>
      New ones live where others reach them:{' '}
      <button type="button" class="way-to-settings" onClick={() => void copyToChosenRelay(shell)}>
        copy this document to {new URL(relay).host}
      </button>
      .
    </>
  );
}

/** Under the same title: the list says which is where. The copy is open then, and can be shared. */
async function copyToChosenRelay(shell: Shell): Promise<void> {
  const place = shell.place.peek();
  if (place.type !== 'document') return;
  const { title, content } = place.session.replica.current;
  shell.dialog.value = undefined;
  await shell.newDocument({ title: title.toString(), text: content.toString() });
  if (shell.place.peek().type === 'document') shell.dialog.value = { type: 'share' };
}
