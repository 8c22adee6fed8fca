/** The native menu, with the accelerators that people of each system know. Commands go to the focused window. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand, MenuState } from '../shared/bridge';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly appName: string;
  readonly isDevelopment: boolean;
  send(command: MenuCommand): void;
  openWindow(): void;
}

/** Items that make sense with a document only; their ids are their commands. */
export const DOCUMENT_COMMANDS = ['save-copy', 'share', 'find', 'undo', 'redo'] as const satisfies readonly MenuCommand[];

export const NO_DOCUMENT: MenuState = { documentOpen: false };

export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const isMac = options.platform === 'darwin';
  return [...(isMac ? [appMenu(options)] : []), fileMenu(options, isMac), editMenu(options, isMac), viewMenu(options), windowMenu(isMac)];
}

function item({ send }: MenuOptions, command: MenuCommand, label: string, accelerator?: string): MenuItemConstructorOptions {
  return { id: command, label, click: () => send(command), ...(accelerator === undefined ? {} : { accelerator }) };
}

function settingsItem(options: MenuOptions): MenuItemConstructorOptions {
  return item(options, 'settings', 'Settings…', 'CmdOrCtrl+,');
}

function appMenu(options: MenuOptions): MenuItemConstructorOptions {
  return {
    label: options.appName,
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settingsItem(options),
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
}

function fileMenu(options: MenuOptions, isMac: boolean): MenuItemConstructorOptions {
  return {
    label: '&File',
    submenu: [
      item(options, 'new-document', 'New Document', 'CmdOrCtrl+N'),
      { id: 'new-window', label: 'New Window', accelerator: 'CmdOrCtrl+Shift+N', click: () => options.openWindow() },
      { type: 'separator' },
      item(options, 'open-address', 'Open Address…', 'CmdOrCtrl+L'),
      item(options, 'open-file', 'Open Text File…', 'CmdOrCtrl+O'),
      { type: 'separator' },
      item(options, 'save-copy', 'Save a Copy…', 'CmdOrCtrl+Shift+S'),
      item(options, 'share', 'Share…', 'CmdOrCtrl+Shift+C'),
      { type: 'separator' },
      ...(isMac
        ? [{ role: 'close' } as const]
        : [settingsItem(options), { type: 'separator' } as const, { role: 'close' } as const, { role: 'quit' } as const]),
    ],
  };
}

/** Undo and redo are the editor's own: they take back only what this person wrote. */
function editMenu(options: MenuOptions, isMac: boolean): MenuItemConstructorOptions {
  return {
    label: '&Edit',
    submenu: [
      item(options, 'undo', 'Undo', 'CmdOrCtrl+Z'),
      item(options, 'redo', 'Redo', options.platform === 'win32' ? 'Ctrl+Y' : 'CmdOrCtrl+Shift+Z'),
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'pasteAndMatchStyle' },
      { role: 'delete' },
      { role: 'selectAll' },
      { type: 'separator' },
      item(options, 'find', 'Find…', 'CmdOrCtrl+F'),
      ...(isMac
        ? [{ type: 'separator' } as const, { label: 'Speech', submenu: [{ role: 'startSpeaking' }, { role: 'stopSpeaking' }] } as const]
        : []),
    ] as MenuItemConstructorOptions[],
  };
}

function viewMenu(options: MenuOptions): MenuItemConstructorOptions {
  return {
    label: '&View',
    submenu: [
      item(options, 'toggle-sidebar', 'Sidebar', 'CmdOrCtrl+\\'),
      item(options, 'toggle-wrap', 'Wrap Lines', 'Alt+Z'),
      { type: 'separator' },
      item(options, 'larger-text', 'Larger Text', 'CmdOrCtrl+Plus'),
      // The plus of most keyboards is a shifted key: people press the one that it is on.
      {
        label: 'Larger Text',
        accelerator: 'CmdOrCtrl+=',
        visible: false,
        acceleratorWorksWhenHidden: true,
        click: () => options.send('larger-text'),
      },
      item(options, 'smaller-text', 'Smaller Text', 'CmdOrCtrl+-'),
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(options.isDevelopment ? [{ type: 'separator' } as const, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  };
}

function windowMenu(isMac: boolean): MenuItemConstructorOptions {
  return {
    label: '&Window',
    role: 'window',
    submenu: isMac
      ? [{ role: 'minimize' }, { role: 'zoom' }, { type: 'separator' }, { role: 'front' }]
      : [{ role: 'minimize' }, { role: 'zoom', label: 'Maximize' }],
  };
}
