import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

interface RelayKeyFieldProps {
  /** On its button. */
  readonly words: string;
  readonly isTrying: boolean;
  /** One sentence: why it was not taken. */
  readonly trouble: string | undefined;
  readonly onKey: (key: string) => Promise<void>;
  /** Beside its button. */
  readonly children?: ComponentChildren;
}

/** Where a relay's key is entered, and where it is found. It is never shown again, and kept on this device alone. */
export function RelayKeyField({ words, isTrying, trouble, onKey, children }: RelayKeyFieldProps): VNode {
  const id = useId();
  const key = useSignal('');
  return (
    <form
      class="relay-key"
      onSubmit={(event) => {
        event.preventDefault();
        const entered = key.peek().trim();
        if (entered !== '' && !isTrying) void onKey(entered);
      }}
    >
      <label for={id}>Key of the relay</label>
      <input
        id={id}
        class="field"
        type="password"
        data-first
        data-testid="relay-key"
        autocomplete="off"
        spellcheck={false}
        value={key}
        aria-invalid={trouble !== undefined}
        aria-describedby={`${id}-note`}
        onInput={(event) => {
          key.value = event.currentTarget.value;
        }}
      />
      <p id={`${id}-note`} class={`field-note${trouble === undefined ? '' : ' wrong'}`} role={trouble === undefined ? undefined : 'alert'}>
        {trouble ?? (
          <>
            Whoever runs the relay sees it with <code>weft-relay key</code>, or in the file <code>relay-key</code> of its data folder.
          </>
        )}
      </p>
      <div class="modal-ways">
        {children}
        <button type="submit" class="button main" aria-busy={isTrying} disabled={key.value.trim() === ''}>
          {isTrying ? 'Trying…' : words}
        </button>
      </div>
    </form>
  );
}
