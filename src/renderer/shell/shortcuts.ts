/**
 * The keyboard of the app: which keys mean which command, and how they are written (pure).
 *
 * R1  `Mod` is ⌘ on macOS and Ctrl elsewhere; never both.
 * R2  In the desktop app the native menu holds the same keys; whichever sees the key first, it counts once.
 */
import type { MenuCommand } from '../../shared/bridge';

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export type Command = MenuCommand | 'new-window';

interface Shortcut {
  readonly key: string;
  readonly shift?: true;
}

const EVERYWHERE: Readonly<Partial<Record<Command, Shortcut>>> = {
  'new-document': { key: 'n' },
  'new-window': { key: 'n', shift: true },
  'save-copy': { key: 's', shift: true },
  share: { key: 'c', shift: true },
  find: { key: 'f' },
  'toggle-sidebar': { key: '\\' },
  settings: { key: ',' },
};

/** As in the native menu. */
const IN_THE_APP: typeof EVERYWHERE = { ...EVERYWHERE, 'open-file': { key: 'o' }, 'open-address': { key: 'l' } };
/** A browser keeps Mod-L for itself. */
const IN_A_BROWSER: typeof EVERYWHERE = { ...EVERYWHERE, 'open-address': { key: 'o' } };
/** Most browsers never let a page see these: they work where they do, and are not promised. */
const KEPT_BY_BROWSERS: readonly Command[] = ['new-document', 'new-window'];

export function commandFor(press: KeyPress, platform: string): Command | undefined {
  const isMac = isMacPlatform(platform);
  const mod = isMac ? press.metaKey && !press.ctrlKey : press.ctrlKey && !press.metaKey;
  if (!mod || press.altKey) return undefined;
  const key = press.key.toLowerCase();
  for (const [command, shortcut] of Object.entries(shortcutsOf(platform)) as [Command, Shortcut][]) {
    if (shortcut.key === key && (shortcut.shift ?? false) === press.shiftKey) return command;
  }
  return undefined;
}

/** `⌘⇧C` on macOS, `Ctrl+Shift+C` elsewhere; empty for a command without keys. */
export function shortcutLabel(command: Command, platform: string): string {
  const shortcut = shortcutsOf(platform)[command];
  if (shortcut === undefined || (isBrowser(platform) && KEPT_BY_BROWSERS.includes(command))) return '';
  const key = shortcut.key.toUpperCase();
  return isMacPlatform(platform) ? `${shortcut.shift ? '⇧' : ''}⌘${key}` : `Ctrl+${shortcut.shift ? 'Shift+' : ''}${key}`;
}

function shortcutsOf(platform: string): typeof EVERYWHERE {
  return isBrowser(platform) ? IN_A_BROWSER : IN_THE_APP;
}

function isBrowser(platform: string): boolean {
  return platform.startsWith('browser');
}

/** `platform` is the bridge's; a browser on a Mac is `browser-mac`. */
export function isMacPlatform(platform: string): boolean {
  return platform === 'darwin' || platform === 'browser-mac';
}
