/** Electron's main process: the only place where its parts are put together. */
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  net,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { APP_SCHEME } from './app-origin';
import { answerAppRequest, listAppFiles, pageResponse, SCHEMES } from './app-protocol';
import { bundledRelay } from './bundled-relay';
import { refusedSwitch } from './debug-switches';
import { type GivenLink, givenLink, linkInArguments, registerLinkScheme } from './deep-links';
import { openTextFile, saveTextFile } from './document-files';
import { answerCalls, type BridgeAnswers, sendEvent } from './ipc';
import { KeptValue } from './kept-value';
import { DOCUMENT_COMMANDS, menuTemplate } from './menu';
import { externalAddress, guardNavigation } from './navigation';
import { limitPermissions } from './permissions';
import type { RelayProcess } from './relay-process';
import { SettingsFile } from './settings-file';
import { readWindowPlaces } from './window-place';
import { EditorWindows } from './windows';

const OUT = join(import.meta.dirname, '..');
const isDevelopment = !app.isPackaged;

main();

function main(): void {
  const refused = refusedSwitch(app.isPackaged, (name) => app.commandLine.hasSwitch(name));
  if (refused !== undefined) {
    complain(`Weft does not start with --${refused}: start it without.`);
    app.exit(1);
    return;
  }
  if (app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', app.commandLine.getSwitchValue('user-data-dir'));
  // Before anything is opened: a second relay on the same data could only fail.
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  protocol.registerSchemesAsPrivileged(SCHEMES);
  // It would take --no-sandbox away, without which Linux's root has no window at all; every window is sandboxed by itself.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => guardNavigation(contents));
  const early: string[] = [];
  const rememberEarly = (event: Electron.Event, url: string): void => {
    event.preventDefault();
    early.push(url);
  };
  app.on('open-url', rememberEarly);
  // Not awaited at the top level: Electron waits for this module to end before it is ready.
  void app.whenReady().then(() => {
    app.off('open-url', rememberEarly);
    open(early);
  });
}

function open(early: readonly string[]): void {
  const userData = app.getPath('userData');
  const settings = new SettingsFile(userData, complain);
  const places = new KeptValue(join(userData, 'windows.json'), readWindowPlaces, complain);
  const relay = bundledRelay({ program: join(OUT, 'server/main.js'), userData, fork: utilityProcess.fork, complain });
  servePage();
  limitPermissions(session.defaultSession);
  // Elsewhere Chromium fetches its dictionaries from the network, and nobody asked for that.
  session.defaultSession.setSpellCheckerEnabled(process.platform === 'darwin');
  registerLinkScheme(app, process.execPath);
  nativeTheme.themeSource = settings.settings.current.theme;

  const menu = Menu.buildFromTemplate(
    menuTemplate({
      platform: process.platform,
      appName: app.getName(),
      isDevelopment,
      send: (command) => windows.command(command),
      openWindow: () => void windows.open(),
    }),
  );
  const windows = new EditorWindows({
    create: (options) => new BrowserWindow(options),
    focused: () => BrowserWindow.getFocusedWindow(),
    screen,
    theme: nativeTheme,
    dialog,
    places,
    preload: join(OUT, 'preload/preload.cjs'),
    version: app.getVersion(),
    isDevelopment,
    onFocus({ documentOpen }) {
      for (const id of DOCUMENT_COMMANDS) {
        const item = menu.getMenuItemById(id);
        if (item !== null) item.enabled = documentOpen;
      }
    },
  });
  Menu.setApplicationMenu(menu);
  answerCalls(ipcMain, bridgeAnswers(settings, relay, windows));
  relay.state.subscribe((state) => {
    for (const window of windows.all) sendEvent(window.webContents, 'bundledRelay', state);
  });
  settings.settings.subscribe((value) => {
    nativeTheme.themeSource = value.theme;
    for (const window of windows.all) sendEvent(window.webContents, 'settings', value);
  });
  relay.start();
  followSystem(windows);
  quitCleanly(async () => {
    await relay.stop();
    await Promise.all([settings.written(), places.written()]);
  });

  windows.open();
  takeLink(windows, givenLink(early.at(-1) ?? '') ?? linkInArguments(process.argv.slice(1)));
}

function bridgeAnswers(settings: SettingsFile, relay: RelayProcess, windows: EditorWindows): BridgeAnswers {
  return {
    readSettings: () => settings.settings.current,
    changeSettings: (_sender, change) => settings.change(change),
    bundledRelay: () => relay.state.current,
    restartRelay: () => relay.restart(),
    openWindow: () => void windows.open(),
    openTextFile: (sender) => openTextFile(dialog, windowOf(sender)),
    saveTextFile: (sender, file) => saveTextFile(dialog, windowOf(sender), { file, folder: app.getPath('documents') }),
    async openExternal(_sender, text) {
      const address = externalAddress(text);
      if (address === undefined) throw new Error('Only web and mail addresses are opened.');
      await shell.openExternal(address);
    },
    copyText: (_sender, text) => clipboard.writeText(text),
    setMenuState: (sender, state) => windows.setMenuState(windowOf(sender), state),
  };
}

/** From the build; while developing, from electron-vite's server behind the same origin, so that nothing else differs. */
function servePage(): void {
  const server = isDevelopment ? process.env.ELECTRON_RENDERER_URL : undefined;
  if (server === undefined) {
    const files = listAppFiles(join(OUT, 'renderer'));
    protocol.handle(APP_SCHEME, (request) => answerAppRequest(files, request));
    return;
  }
  protocol.handle(APP_SCHEME, async ({ url }) => {
    const { pathname, search } = new URL(url);
    const answer = await net.fetch(new URL(`${pathname}${search}`, server).href);
    return answer.headers.get('content-type')?.startsWith('text/html') === true ? pageResponse(await answer.text()) : answer;
  });
}

function followSystem(windows: EditorWindows): void {
  app.on('second-instance', (_event, words) => {
    const link = linkInArguments(words.slice(1));
    if (link !== undefined) takeLink(windows, link);
    else if (windows.latest === undefined) windows.open();
    else windows.latest.focus();
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    takeLink(windows, givenLink(url));
  });
  app.on('activate', () => {
    if (windows.all.length === 0) windows.open();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

function takeLink(windows: EditorWindows, link: GivenLink): void {
  if (link?.type === 'document') windows.offer(link.address);
  else if (link?.type === 'fault') windows.refuse(link.fault);
}

/** Windows close first, so that what they still send arrives; then what they talk to. */
function quitCleanly(close: () => Promise<void>): void {
  let isClosed = false;
  app.on('will-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    void close().finally(() => {
      isClosed = true;
      app.quit();
    });
  });
}

function windowOf(sender: Electron.WebContents): BrowserWindow {
  const window = BrowserWindow.fromWebContents(sender);
  if (window === null) throw new Error('This window is closed.');
  return window;
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
