import type { MenuCommand, TextFile } from '../../shared/bridge';
import { LARGEST_FONT, SMALLEST_FONT } from '../../shared/settings';
import { fileNameFor, nameFromText } from '../documents/title';
import { lineEndingOf, rememberLineEnding } from './line-endings';
import type { Shell } from './shell';
import { type Command, commandFor } from './shortcuts';

/** Does what a menu, a key or a button asks for; whatever makes no sense now does nothing. */
export function runCommand(shell: Shell, command: Command): void {
  void perform(shell, command).catch((error: unknown) => {
    shell.say(error instanceof Error ? error.message : String(error));
  });
}

async function perform(shell: Shell, command: Command): Promise<void> {
  const { settings, parts } = shell;
  switch (command) {
    case 'new-document':
      return shell.newDocument();
    case 'new-window':
      return parts.bridge.openWindow();
    case 'open-address':
      return showAddressField(shell);
    case 'open-file':
      return openFile(shell);
    case 'save-copy':
      return saveCopy(shell);
    case 'share':
      if (shell.place.peek().type === 'document') shell.dialog.value = { type: 'share' };
      return;
    case 'find':
      return shell.editor.peek()?.openSearch();
    case 'undo':
      return shell.editor.peek()?.undo();
    case 'redo':
      return shell.editor.peek()?.redo();
    case 'toggle-sidebar':
      return toggleSidebar(shell);
    case 'toggle-wrap':
      return shell.changeSettings({ wrapLines: !settings.peek().wrapLines });
    case 'larger-text':
      return shell.changeSettings({ fontSize: Math.min(LARGEST_FONT, settings.peek().fontSize + 1) });
    case 'smaller-text':
      return shell.changeSettings({ fontSize: Math.max(SMALLEST_FONT, settings.peek().fontSize - 1) });
    case 'settings':
      shell.dialog.value = { type: 'settings' };
      return;
  }
}

/** Narrower than this, the sidebar is a drawer over the text. CSS pixels; the same number is in layout.css. */
export const NARROW = '(max-width: 719px)';

export function isNarrow(): boolean {
  return matchMedia(NARROW).matches;
}

async function toggleSidebar(shell: Shell): Promise<void> {
  if (isNarrow()) shell.drawer.value = !shell.drawer.peek();
  else await shell.changeSettings({ sidebar: !shell.settings.peek().sidebar });
}

async function showAddressField(shell: Shell): Promise<void> {
  if (isNarrow()) shell.drawer.value = true;
  else if (!shell.settings.peek().sidebar) await shell.changeSettings({ sidebar: true });
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>('#address-field')?.focus());
}

async function openFile(shell: Shell): Promise<void> {
  const file = await shell.parts.bridge.openTextFile();
  if (file !== undefined) await openAsDocument(shell, file);
}

/** A new document with a file's text, which remembers the file's line ending. */
export async function openAsDocument(shell: Shell, file: TextFile): Promise<void> {
  await shell.newDocument({ title: file.name, text: file.text });
  const place = shell.place.peek();
  if (place.type === 'document') rememberLineEnding(place.session.address, file.lineEnding);
}

async function saveCopy(shell: Shell): Promise<void> {
  const place = shell.place.peek();
  if (place.type !== 'document' || !place.session.status.current.loaded) return;
  const { title, content } = place.session.replica.current;
  const text = content.toString();
  const written = await shell.parts.bridge.saveTextFile({
    name: fileName(title.toString(), text),
    text,
    lineEnding: lineEndingOf(place.session.address),
  });
  if (written !== undefined) shell.say(`A copy is in “${written}”.`);
}

/** A first line may have a dot, which would be taken for the one before an extension. */
function fileName(title: string, text: string): string {
  const name = title.trim() === '' ? nameFromText(text) : '';
  return fileNameFor(name === '' ? title : `${name}.txt`);
}

/** Keys of the page. In the app the native menu has the same ones and takes them first. Returns its own end. */
export function watchKeys(shell: Shell): () => void {
  const { bridge } = shell.parts;
  const platform = keyboardOf(shell);
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || shell.dialog.peek() !== undefined) return;
    const command = commandFor(event, platform);
    if (command === undefined || (command === 'find' && shell.editor.peek() === undefined)) return;
    event.preventDefault();
    runCommand(shell, command);
  };
  addEventListener('keydown', onKey);
  const endMenu = bridge.on('menu', (command: MenuCommand) => runCommand(shell, command));
  return () => {
    removeEventListener('keydown', onKey);
    endMenu();
  };
}

/** Whose keys this keyboard has, for shortcuts.ts: a browser on a Mac has ⌘ too. */
export function keyboardOf({ parts: { bridge } }: Shell): string {
  return bridge.kind === 'browser' && /Mac|iPhone|iPad/.test(navigator.platform) ? 'browser-mac' : bridge.platform;
}
