import { useSignal } from '@preact/signals';
import { ChevronDown } from 'lucide';
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import { LONGEST_NAME } from '../../../shared/protocol/presence';
import type { Role } from '../../../shared/protocol/roles';
import type { Link } from '../../../shared/protocol/sharing';
import { Icon } from '../icon';
import { EXPIRIES, EXPIRY_WORDS, type Expiry, expiryOf, localDate } from './expiry';
import { ahead, roleWords } from './link-words';

/** What a person wants of a link; `expiresAt` and `mostUses` as in a draft, `undefined` where they stay as they are. */
export interface WantedLink {
  readonly label: string;
  readonly role: Role;
  readonly expiresAt: number | null | undefined;
  readonly mostUses: number | null | undefined;
}

interface LinkFieldsProps {
  /** The link that is changed; none: a new one. */
  readonly link?: Link;
  readonly submitWords: string;
  /** Rejects with one sentence for a person. */
  readonly onSubmit: (wanted: WantedLink) => Promise<void>;
  readonly onCancel: () => void;
  /** Beside the buttons. */
  readonly children?: ComponentChildren;
}

const ROLES: readonly Role[] = ['viewer', 'editor'];
const USES: readonly { readonly value: string; readonly words: string }[] = [
  { value: '', words: 'No limit' },
  { value: '1', words: 'One person' },
  { value: '5', words: 'Five people' },
];

/** The form for a new link, and for changing one. Nothing is done before it is submitted. */
export function LinkFields({ link, submitWords, onSubmit, onCancel, children }: LinkFieldsProps): VNode {
  const id = useId();
  const label = useSignal(link?.label ?? '');
  const role = useSignal<Role>(link?.role ?? 'viewer');
  const expiry = useSignal<Expiry>(link === undefined ? 'never' : 'as-it-is');
  const date = useSignal(localDate(link?.expiresAt ?? Date.now() + WEEK_MS));
  const uses = useSignal('');
  const isWorking = useSignal(false);
  const trouble = useSignal<string | undefined>(undefined);
  const submit = async () => {
    if (isWorking.peek()) return;
    trouble.value = undefined;
    isWorking.value = true;
    try {
      const expiresAt = expiryOf(expiry.peek(), date.peek(), Date.now());
      const mostUses = link === undefined ? (uses.peek() === '' ? null : Number(uses.peek())) : undefined;
      await onSubmit({ label: label.peek().trim(), role: role.peek(), expiresAt, mostUses });
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    } finally {
      isWorking.value = false;
    }
  };
  return (
    <form
      class="link-fields"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="link-field wide">
        <label for={`${id}-label`}>Name, for you alone</label>
        <input
          id={`${id}-label`}
          class="field"
          type="text"
          autocomplete="off"
          maxLength={LONGEST_NAME}
          placeholder="Who it is for"
          value={label}
          onInput={(event) => {
            label.value = event.currentTarget.value;
          }}
        />
      </div>
      <fieldset class="link-field">
        <legend>Lets people</legend>
        <div class="choices">
          {ROLES.map((choice) => (
            <label key={choice} class="choice">
              <input
                type="radio"
                name={`${id}-role`}
                checked={role.value === choice}
                onChange={() => {
                  role.value = choice;
                }}
              />
              <span>{choice === 'editor' ? 'write' : 'read'}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="link-field">
        <label for={`${id}-expiry`}>Ends</label>
        <span class="select">
          <select
            id={`${id}-expiry`}
            class="field"
            value={expiry.value}
            onChange={(event) => {
              expiry.value = event.currentTarget.value as Expiry;
            }}
          >
            {link !== undefined && <option value="as-it-is">{asItIs(link)}</option>}
            {EXPIRIES.filter((choice) => link === undefined || choice !== 'never' || link.expiresAt !== null).map((choice) => (
              <option key={choice} value={choice}>
                {EXPIRY_WORDS[choice]}
              </option>
            ))}
          </select>
          <Icon node={ChevronDown} size={14} />
        </span>
      </div>
      {link === undefined && (
        <div class="link-field">
          <label for={`${id}-uses`}>For</label>
          <span class="select">
            <select
              id={`${id}-uses`}
              class="field"
              value={uses.value}
              onChange={(event) => {
                uses.value = event.currentTarget.value;
              }}
            >
              {USES.map(({ value, words }) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
            <Icon node={ChevronDown} size={14} />
          </span>
        </div>
      )}
      {expiry.value === 'date' && (
        <div class="link-field wide">
          <label for={`${id}-date`}>Date and time, by this device’s clock</label>
          <input
            id={`${id}-date`}
            class="field"
            type="datetime-local"
            min={localDate(Date.now())}
            value={date}
            onInput={(event) => {
              date.value = event.currentTarget.value;
            }}
          />
        </div>
      )}
      {link !== undefined && role.value !== link.role && (
        <p class="share-note wide">
          {link.uses > 0 ? 'Everyone who came by it' : 'Whoever comes by it'} {roleWords(role.value).toLowerCase()} from then on.
        </p>
      )}
      <p class="share-note wrong wide" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      <div class="link-ways wide">
        {children}
        <button type="button" class="button quiet" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="button main" aria-busy={isWorking.value}>
          {submitWords}
        </button>
      </div>
    </form>
  );
}

const WEEK_MS = 7 * 24 * 3_600_000;

function asItIs({ expiresAt }: Link): string {
  if (expiresAt === null) return 'Never';
  const now = Date.now();
  return expiresAt <= now ? 'Ended' : `As it is: ${ahead(expiresAt, now)}`;
}
