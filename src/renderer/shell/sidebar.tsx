import { FileText, PanelLeft, Settings2, SquarePen } from 'lucide';
import type { VNode } from 'preact';
import { AddressField } from './address-field';
import { keyboardOf, runCommand } from './commands';
import { DocumentList } from './document-list';
import { Icon } from './icon';
import { Mark } from './mark';
import type { Shell } from './shell';
import { shortcutLabel } from './shortcuts';

/** The documents of this device, and the ways to another one. */
export function Sidebar({ shell }: { readonly shell: Shell }): VNode {
  const platform = keyboardOf(shell);
  return (
    <nav class="sidebar" aria-label="Documents">
      <header class="sidebar-head">
        <button type="button" class="home-link" aria-label="Weft, start page" onClick={() => void shell.goHome()}>
          <Mark size={20} />
          <span>Weft</span>
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Hide the documents"
          title={`Hide the documents (${shortcutLabel('toggle-sidebar', platform)})`}
          onClick={() => runCommand(shell, 'toggle-sidebar')}
        >
          <Icon node={PanelLeft} />
        </button>
      </header>
      <div class="sidebar-ways">
        <button
          type="button"
          class="way"
          data-testid="new-document"
          disabled={shell.defaultRelay.value === undefined}
          onClick={() => runCommand(shell, 'new-document')}
        >
          <Icon node={SquarePen} />
          New document
          <kbd>{shortcutLabel('new-document', platform)}</kbd>
        </button>
        <button type="button" class="way" disabled={shell.defaultRelay.value === undefined} onClick={() => runCommand(shell, 'open-file')}>
          <Icon node={FileText} />
          Open a text file…
        </button>
        <AddressField shell={shell} />
      </div>
      <DocumentList shell={shell} />
      <footer class="sidebar-foot">
        <button type="button" class="way" onClick={() => runCommand(shell, 'settings')}>
          <Icon node={Settings2} />
          Settings
          <kbd>{shortcutLabel('settings', platform)}</kbd>
        </button>
      </footer>
    </nav>
  );
}
