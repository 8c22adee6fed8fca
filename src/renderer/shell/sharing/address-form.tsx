import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { appAddress, browserAddress, type DocumentAddress } from '../../../shared/protocol/links';

/** Which form of an address is handed over. */
export type AddressForm = 'browser' | 'app';

export function addressIn(form: AddressForm, address: DocumentAddress): string {
  return form === 'browser' ? browserAddress(address) : appAddress(address);
}

const FORMS: readonly { readonly form: AddressForm; readonly words: string }[] = [
  { form: 'browser', words: 'In any browser' },
  { form: 'app', words: 'In the Weft app' },
];

/** The form that opens everywhere, unless a person wants the one that opens the app at once. */
export function AddressFormChoice({ form, scheme }: { readonly form: Signal<AddressForm>; readonly scheme: string }): VNode {
  const id = useId();
  return (
    <fieldset class="share-form" aria-describedby={`${id}-note`}>
      <legend>Links open</legend>
      <div class="choices">
        {FORMS.map((choice) => (
          <label key={choice.form} class="choice">
            <input
              type="radio"
              name={id}
              checked={form.value === choice.form}
              onChange={() => {
                form.value = choice.form;
              }}
            />
            <span>{choice.words}</span>
          </label>
        ))}
      </div>
      <code id={`${id}-note`}>{form.value === 'browser' ? `${scheme}//…` : 'weft://…'}</code>
    </fieldset>
  );
}
