import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { cleanName, LONGEST_NAME } from '../../shared/protocol/presence';
import { colorName, PERSON_COLOR_LIST } from '../presence/person-colors';
import { useObservable } from './observe';
import type { Shell } from './shell';

/** My name. Emptied, the made-up one comes back. */
export function MyName({ shell, onDone }: { readonly shell: Shell; readonly onDone?: () => void }): VNode {
  const id = useId();
  const change = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLInputElement)) return;
    const name = cleanName(event.currentTarget.value);
    if (name !== shell.settings.peek().name) void shell.changeSettings({ name });
  };
  return (
    <div class="setting stacked">
      <label for={id}>Your name</label>
      <input
        id={id}
        class="field"
        data-testid="my-name"
        data-first
        type="text"
        maxLength={LONGEST_NAME}
        autocomplete="nickname"
        spellcheck={false}
        placeholder={shell.madeUpName}
        value={shell.settings.value.name}
        onChange={change}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.isComposing) return;
          event.preventDefault();
          change(event);
          onDone?.();
        }}
      />
    </div>
  );
}

/** My colour, out of twelve. `group` names the radio buttons: two groups may be on a page. */
export function Swatches({ shell, group }: { readonly shell: Shell; readonly group: string }): VNode {
  const mine = useObservable(shell.me).value.color.index;
  return (
    <fieldset class="setting stacked">
      <legend>Your colour</legend>
      <div class="swatches">
        {PERSON_COLOR_LIST.map((color) => (
          <input
            key={color.index}
            type="radio"
            class={`swatch${color.dashed ? ' dashed' : ''}`}
            name={`color-${group}`}
            style={{ '--swatch': `var(${color.stroke})` }}
            aria-label={colorName(color)}
            title={colorName(color)}
            checked={color.index === mine}
            onChange={() => void shell.changeSettings({ color: color.index })}
          />
        ))}
      </div>
    </fieldset>
  );
}
