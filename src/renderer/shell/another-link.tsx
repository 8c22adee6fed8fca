import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { type DocumentAddress, parseAddress } from '../../shared/protocol/links';
import { isShutOut } from '../session/status';
import { Modal } from './modal';
import type { Shell } from './shell';

/** A link as a person pasted it, or one sentence why it is none. */
export function readPastedLink(text: string): DocumentAddress | string {
  if (text.trim() === '') return 'Paste the link that you got.';
  const address = parseAddress(text);
  if (address === undefined) return 'That is no link of a document, like https://relay.example/d/…#…';
  return address.secret === '' ? 'That is an address without what lets you in: a link goes on behind a #.' : address;
}

/** Where somebody who was refused puts another link. */
export function AnotherLinkField({ shell, onOpen }: { readonly shell: Shell; readonly onOpen?: () => void }): VNode {
  const id = useId();
  const text = useSignal('');
  const wrong = useSignal<string | undefined>(undefined);
  const open = () => {
    const address = readPastedLink(text.peek());
    wrong.value = typeof address === 'string' ? address : undefined;
    if (typeof address === 'string') return;
    onOpen?.();
    void shell.visit(address);
  };
  return (
    <form
      class="another-link"
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      <label class="off-screen" for={id}>
        Another link
      </label>
      <input
        id={id}
        class="field"
        type="text"
        data-first
        data-testid="another-link"
        autocomplete="off"
        spellcheck={false}
        placeholder="Paste a link"
        value={text}
        aria-invalid={wrong.value !== undefined}
        aria-describedby={`${id}-note`}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          wrong.value = undefined;
        }}
      />
      <button type="submit" class="button main">
        Open
      </button>
      <p id={`${id}-note`} class="field-note wrong" role="alert">
        {wrong.value}
      </p>
    </form>
  );
}

/** For a document that is shown, and whose link opens it no more, or for reading only. */
export function AnotherLinkDialog({ shell }: { readonly shell: Shell }): VNode {
  const place = shell.place.value;
  const isReading =
    place.type === 'document' && place.session.status.current.role === 'viewer' && !isShutOut(place.session.status.current.connection);
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Use another link" class="small" onClose={close}>
      <h2>Use another link</h2>
      <p>
        {isReading
          ? 'Ask the owner of this document for one that lets you write, and paste it here.'
          : 'Ask the owner of this document for one. What you wrote since is still on this device, and goes along if the link lets you write.'}
      </p>
      <AnotherLinkField shell={shell} onOpen={close} />
    </Modal>
  );
}
