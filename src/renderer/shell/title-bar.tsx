import { useSignal } from '@preact/signals';
import { Check, Download, Link, PanelLeft } from 'lucide';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { copyAddress, keyboardOf, runCommand } from './commands';
import { Icon } from './icon';
import { MyAvatar, PeopleRow } from './people-row';
import type { Shell } from './shell';
import { shortcutLabel } from './shortcuts';
import { TitleField } from './title-field';

/** Title, people, and what one does with a document as a whole. */
export function TitleBar({ shell }: { readonly shell: Shell }): VNode {
  const place = shell.place.value;
  const platform = keyboardOf(shell);
  return (
    <header class="title-bar">
      <button
        type="button"
        class="icon-button show-sidebar"
        aria-label="Show the documents"
        title={`Show the documents (${shortcutLabel('toggle-sidebar', platform)})`}
        onClick={() => runCommand(shell, 'toggle-sidebar')}
      >
        <Icon node={PanelLeft} />
      </button>
      <div class="title-place">{place.type === 'document' && <TitleField key={place.session} shell={shell} session={place.session} />}</div>
      {place.type === 'document' && <PeopleRow shell={shell} people={place.people} />}
      <MyAvatar shell={shell} />
      {place.type === 'document' && (
        <>
          <button
            type="button"
            class="icon-button save-copy"
            aria-label="Save a copy as a file"
            title={`Save a copy as a file (${shortcutLabel('save-copy', platform)})`}
            onClick={() => runCommand(shell, 'save-copy')}
          >
            <Icon node={Download} />
          </button>
          <CopyAddress shell={shell} />
        </>
      )}
    </header>
  );
}

const COPIED_SHOWN_MS = 2_000;

function CopyAddress({ shell }: { readonly shell: Shell }): VNode {
  const isCopied = useSignal(false);
  useEffect(() => {
    if (!isCopied.value) return undefined;
    const timer = setTimeout(() => {
      isCopied.value = false;
    }, COPIED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied.value, isCopied]);
  const copy = async () => {
    try {
      await copyAddress(shell);
      isCopied.value = true;
    } catch (error) {
      shell.say(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <button
      type="button"
      class="button copy-address"
      data-testid="copy-address"
      aria-label="Copy address"
      title={`Copy the document’s address (${shortcutLabel('copy-address', keyboardOf(shell))})`}
      onClick={() => void copy()}
    >
      <Icon node={isCopied.value ? Check : Link} size={15} />
      <span>{isCopied.value ? 'Copied' : 'Copy address'}</span>
    </button>
  );
}
