import { useSignal } from '@preact/signals';
import { ArrowRight, Link } from 'lucide';
import type { VNode } from 'preact';
import { parseAddress } from '../../shared/protocol/links';
import { Icon } from './icon';
import type { Shell } from './shell';

/** Opens a document by its id or address; says at once when what was pasted is neither. */
export function AddressField({ shell }: { readonly shell: Shell }): VNode {
  const text = useSignal('');
  const isChecked = useSignal(false);
  const address = parseAddress(text.value, shell.defaultRelay.value);
  const isWrong = isChecked.value && text.value.trim() !== '' && address === undefined;
  const open = async () => {
    isChecked.value = true;
    if (address === undefined) return;
    text.value = '';
    isChecked.value = false;
    await shell.visit(address);
  };
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
    >
      <label class="address-box">
        <Icon node={Link} />
        <span class="off-screen">Open by link or id</span>
        <input
          id="address-field"
          data-testid="open-address"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="Open by link or id"
          value={text}
          aria-invalid={isWrong}
          aria-describedby="address-note"
          onInput={(event) => {
            text.value = event.currentTarget.value;
            isChecked.value = false;
          }}
          onPaste={() => {
            // The pasted text is there only after this event.
            queueMicrotask(() => {
              isChecked.value = true;
            });
          }}
          onBlur={() => {
            isChecked.value = true;
          }}
        />
        <button type="submit" class="icon-button small" aria-label="Open" title="Open" hidden={address === undefined}>
          <Icon node={ArrowRight} size={14} />
        </button>
      </label>
      <p id="address-note" class="field-note wrong" hidden={!isWrong}>
        That is neither a document’s link, like https://relay.example/d/…, nor its id.
      </p>
    </form>
  );
}
