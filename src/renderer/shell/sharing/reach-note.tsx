import { MonitorX } from 'lucide';
import type { VNode } from 'preact';
import { Icon } from '../icon';
import { isLoopback } from '../page-address';
import type { Shell } from '../shell';

/** Says it where only this computer can open what is handed over: a link promises more than that. */
export function ReachNote({ shell, relay }: { readonly shell: Shell; readonly relay: string }): VNode | null {
  if (!isLoopback(relay)) return null;
  return (
    <p class="share-reach" role="note">
      <Icon node={MonitorX} size={18} />
      <span>
        The relay of this document is on this computer, so only this computer can open it.
        {shell.parts.pageRelay === undefined && (
          <>
            {' New documents can live at a relay that others reach: '}
            <button
              type="button"
              class="way-to-settings"
              onClick={() => {
                shell.dialog.value = { type: 'settings' };
              }}
            >
              choose one
            </button>
            .
          </>
        )}
      </span>
    </p>
  );
}
