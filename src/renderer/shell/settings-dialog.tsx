import { Minus, Plus, X } from 'lucide';
import type { VNode } from 'preact';
import { LARGEST_FONT, type Settings, SMALLEST_FONT } from '../../shared/settings';
import { Icon } from './icon';
import { MyName, Swatches } from './me-fields';
import { Modal } from './modal';
import { NewDocumentsSetting } from './new-documents-setting';
import type { Shell } from './shell';

const THEMES: readonly { readonly theme: Settings['theme']; readonly label: string }[] = [
  { theme: 'system', label: 'As the system' },
  { theme: 'light', label: 'Light' },
  { theme: 'dark', label: 'Dark' },
];

/** What a person can choose. Each choice holds at once; there is nothing to confirm. */
export function SettingsDialog({ shell }: { readonly shell: Shell }): VNode {
  const { theme, fontSize, wrapLines } = shell.settings.value;
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Settings" onClose={close}>
      <header class="modal-head">
        <h2>Settings</h2>
        <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close}>
          <Icon node={X} />
        </button>
      </header>
      <MyName shell={shell} />
      <Swatches shell={shell} group="settings" />
      <hr />
      <fieldset class="setting">
        <legend>Appearance</legend>
        <div class="choices">
          {THEMES.map((choice) => (
            <label key={choice.theme} class="choice">
              <input
                type="radio"
                name="theme"
                checked={theme === choice.theme}
                onChange={() => void shell.changeSettings({ theme: choice.theme })}
              />
              <span>{choice.label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="setting">
        <legend>Text size</legend>
        <div class="stepper">
          <button
            type="button"
            class="icon-button"
            aria-label="Smaller text"
            title="Smaller text"
            disabled={fontSize <= SMALLEST_FONT}
            onClick={() => void shell.changeSettings({ fontSize: fontSize - 1 })}
          >
            <Icon node={Minus} />
          </button>
          <output>{fontSize} px</output>
          <button
            type="button"
            class="icon-button"
            aria-label="Larger text"
            title="Larger text"
            disabled={fontSize >= LARGEST_FONT}
            onClick={() => void shell.changeSettings({ fontSize: fontSize + 1 })}
          >
            <Icon node={Plus} />
          </button>
        </div>
      </fieldset>
      <label class="setting">
        <span>Wrap long lines</span>
        <input
          type="checkbox"
          role="switch"
          class="switch"
          aria-checked={wrapLines}
          checked={wrapLines}
          onChange={(event) => void shell.changeSettings({ wrapLines: event.currentTarget.checked })}
        />
      </label>
      {shell.parts.pageRelay === undefined && <NewDocumentsSetting shell={shell} />}
      <p class="modal-foot">Weft {shell.parts.bridge.version}</p>
    </Modal>
  );
}
