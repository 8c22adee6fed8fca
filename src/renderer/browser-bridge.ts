/**
 * Stands in for the desktop's bridge in a plain browser, with fewer abilities.
 *
 * R1  Settings are in localStorage; the other tabs of the same origin hear of a change.
 * R2  Where the page is not in a secure context (a relay at http://192.168.…), there is no `navigator.clipboard`: text is
 *     copied by a selection instead.
 * R3  A file is written with its own line endings.
 */
import type { Bridge, BridgeEvents, TextFile } from '../shared/bridge';
import { readSettings, type Settings } from '../shared/settings';
import { exportText, importText } from './documents/import-text';
import { readTextOf } from './shell/drops';
import { smallStorage } from './shell/small-storage';

const SETTINGS = 'weft.settings';

export function browserBridge(version: string): Bridge {
  const settingsListeners = new Set<(settings: Settings) => void>();
  addEventListener('storage', ({ key }) => {
    if (key === SETTINGS) for (const listener of settingsListeners) listener(storedSettings());
  });
  return {
    kind: 'browser',
    platform: 'browser',
    version,
    readSettings: async () => storedSettings(),
    changeSettings: async (change) => {
      const settings = readSettings({ ...storedSettings(), ...change });
      smallStorage.setItem(SETTINGS, JSON.stringify(settings));
      for (const listener of settingsListeners) listener(settings);
      return settings;
    },
    bundledRelay: async () => ({ status: 'none' }),
    restartRelay: async () => undefined,
    openWindow: async () => {
      open('/', '_blank', 'noopener');
    },
    openTextFile,
    saveTextFile: async (file) => {
      download(file);
      return file.name;
    },
    openExternal: async (url) => {
      open(url, '_blank', 'noopener');
    },
    copyText,
    setMenuState: async () => undefined,
    on<Name extends keyof BridgeEvents>(name: Name, listener: (value: BridgeEvents[Name]) => void): () => void {
      if (name !== 'settings') return () => undefined;
      const hear = listener as (settings: Settings) => void;
      settingsListeners.add(hear);
      return () => settingsListeners.delete(hear);
    },
  };
}

function storedSettings(): Settings {
  try {
    return readSettings(JSON.parse(smallStorage.getItem(SETTINGS) ?? 'null'));
  } catch {
    return readSettings(undefined); // Not ours, or damaged: defaults are better than no app.
  }
}

function openTextFile(): Promise<TextFile | undefined> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.addEventListener('cancel', () => resolve(undefined));
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file === undefined) resolve(undefined);
      else readTextOf(file).then((text) => resolve({ name: file.name, ...importText(text) }), reject);
    });
    input.click();
  });
}

/** Long enough for a browser to have taken the bytes. */
const DOWNLOAD_KEPT_MS = 60_000;

function download({ name, text, lineEnding }: TextFile): void {
  const url = URL.createObjectURL(new Blob([exportText(text, lineEnding)], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_KEPT_MS);
}

async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch (error) {
      // Denied, or the page is not focused: the old way may still be allowed.
      console.info('The clipboard is asked the old way.', error);
    }
  }
  copyBySelection(text);
}

function copyBySelection(text: string): void {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'off-screen';
  // Inside an open dialog, nothing outside of it can be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) throw new Error('The browser does not let this page copy; copy the address from its address bar.');
}
