import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { Announcer } from './announcer';
import { AnotherLinkDialog } from './another-link';
import { watchKeys } from './commands';
import { DoctorDialog } from './doctor-dialog';
import { watchDrops } from './drops';
import { ForgetDialog } from './forget-dialog';
import { LeaveDialog } from './leave-dialog';
import { LinkRefusedDialog } from './link-refused-dialog';
import { MainPane } from './main-pane';
import { RelayKeyDialog } from './relay-key-dialog';
import { SettingsDialog } from './settings-dialog';
import { DeleteDocumentDialog } from './sharing/delete-document-dialog';
import { ShareDialog } from './sharing/share-dialog';
import type { Shell } from './shell';
import { Sidebar } from './sidebar';
import { StrangeRelayDialog } from './strange-relay-dialog';
import { useDrawer } from './use-drawer';

/** Everything in the window. */
export function App({ shell }: { readonly shell: Shell }): VNode {
  useEffect(() => watchKeys(shell), [shell]);
  useEffect(() => watchDrops(shell), [shell]);
  const isOpen = shell.place.value.type === 'document';
  useEffect(() => {
    void shell.parts.bridge.setMenuState({ documentOpen: isOpen });
    if (!isOpen) document.title = 'Weft';
  }, [shell, isOpen]);
  const isUnderDrawer = useDrawer(shell);
  const dialog = shell.dialog.value;
  return (
    <div class={`app${shell.settings.value.sidebar ? ' with-sidebar' : ''}${shell.drawer.value ? ' with-drawer' : ''}`}>
      {shell.editor.value !== undefined && (
        <button type="button" class="skip-link button" onClick={() => shell.editor.peek()?.focus()}>
          Skip to the text
        </button>
      )}
      <Sidebar shell={shell} />
      <button
        type="button"
        class="drawer-shade"
        tabIndex={-1}
        aria-label="Close the documents"
        onClick={() => {
          shell.drawer.value = false;
        }}
      />
      <MainPane shell={shell} isOutOfReach={isUnderDrawer} />
      {dialog?.type === 'settings' && <SettingsDialog shell={shell} />}
      {dialog?.type === 'doctor' && <DoctorDialog shell={shell} />}
      {dialog?.type === 'share' && <ShareDialog shell={shell} />}
      {dialog?.type === 'delete-document' && <DeleteDocumentDialog shell={shell} />}
      {dialog?.type === 'relay-key' && <RelayKeyDialog shell={shell} />}
      {dialog?.type === 'another-link' && <AnotherLinkDialog shell={shell} />}
      {dialog?.type === 'forget' && <ForgetDialog shell={shell} address={dialog.address} title={dialog.title} />}
      {dialog?.type === 'strange-relay' && <StrangeRelayDialog shell={shell} address={dialog.address} />}
      {dialog?.type === 'link-refused' && <LinkRefusedDialog shell={shell} fault={dialog.fault} />}
      {dialog?.type === 'leave' && <LeaveDialog shell={shell} answer={dialog.answer} />}
      <Announcer shell={shell} />
    </div>
  );
}
