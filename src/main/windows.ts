/**
 * The windows of the app: one document each, and a new one where the last one was.
 *
 * R1 A document that a window shows already is not opened twice: that window comes forward, and is told of a new secret.
 * R2 A window is first shown when it has something to show, on a background of the right brightness.
 * R3 A page that crashed is loaded again, three times a minute at most; then a person decides.
 * R4 A page whose text is nowhere else is left, closed or quit only by a person who was asked.
 */
import type { BrowserWindow, BrowserWindowConstructorOptions, Dialog, NativeTheme, Screen } from 'electron';
import type { LinkFault, MenuCommand, MenuState } from '../shared/bridge';
import { APP_ORIGIN, documentIn, documentInPage } from './app-origin';
import { sendEvent } from './ipc';
import type { KeptValue } from './kept-value';
import { NO_DOCUMENT } from './menu';
import { SMALLEST_WINDOW, visiblePlace, type WindowPlaces } from './window-place';

/** Of the page's own tokens: what is seen before its styles are there. */
const BACKGROUND = { light: '#fefdfb', dark: '#191816' };
const SHOWN_AFTER_MS = 4_000;
const CRASHES_PER_MINUTE = 3;
/** As in the page's own question, on the way to another document. */
const LEAVE_ANSWERS = ['Stay', 'Save a Copy…', 'Leave and Lose It'] as const;

export interface WindowParts {
  readonly create: (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly focused: () => BrowserWindow | null;
  readonly screen: Pick<Screen, 'getAllDisplays'>;
  readonly theme: Pick<NativeTheme, 'shouldUseDarkColors'>;
  readonly dialog: Pick<Dialog, 'showMessageBox' | 'showMessageBoxSync'>;
  readonly places: KeptValue<WindowPlaces>;
  readonly preload: string;
  readonly version: string;
  readonly isDevelopment: boolean;
  readonly onFocus: (state: MenuState) => void;
}

export class EditorWindows {
  readonly #parts: WindowParts;
  /** In the order of their last focus. */
  #windows: BrowserWindow[] = [];
  readonly #menuStates = new WeakMap<BrowserWindow, MenuState>();

  constructor(parts: WindowParts) {
    this.#parts = parts;
  }

  get all(): readonly BrowserWindow[] {
    return this.#windows;
  }

  /** The window that a command or an address is meant for. */
  get latest(): BrowserWindow | undefined {
    return this.#parts.focused() ?? this.#windows.at(-1);
  }

  open(): BrowserWindow {
    const window = this.#create();
    void window.loadURL(`${APP_ORIGIN}/`).catch(() => window.show());
    return window;
  }

  /** Tells a window: the one that shows the document already, else the latest, a new one if there is none. It asks before it connects anywhere. */
  offer(address: string): void {
    this.#tell(this.#showing(address) ?? this.latest ?? this.open(), address);
  }

  /** Tells the latest window that a link cannot be opened. */
  refuse(fault: LinkFault): void {
    const window = this.latest ?? this.open();
    bringForward(window);
    whenLoaded(window, () => sendEvent(window.webContents, 'linkRefused', fault));
  }

  command(command: MenuCommand): void {
    const window = this.latest ?? this.open();
    whenLoaded(window, () => sendEvent(window.webContents, 'menu', command));
  }

  setMenuState(window: BrowserWindow, state: MenuState): void {
    this.#menuStates.set(window, state);
    if (this.latest === window) this.#parts.onFocus(state);
  }

  /** R1 */
  #showing(address: string): BrowserWindow | undefined {
    const document = documentIn(address);
    return document === undefined ? undefined : this.#windows.find((window) => documentInPage(window.webContents.getURL()) === document);
  }

  #tell(window: BrowserWindow, address: string): void {
    bringForward(window);
    whenLoaded(window, () => sendEvent(window.webContents, 'openAddress', address));
  }

  #create(): BrowserWindow {
    const { places, screen, theme, preload, version, isDevelopment } = this.#parts;
    const place = visiblePlace(
      places.current.latest,
      screen.getAllDisplays().map((display) => display.workArea),
      this.#windows.map((window) => window.getNormalBounds()),
    );
    const window = this.#parts.create({
      ...place.position,
      width: place.width,
      height: place.height,
      minWidth: SMALLEST_WINDOW.width,
      minHeight: SMALLEST_WINDOW.height,
      show: false,
      title: 'Weft',
      backgroundColor: theme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: {
        preload,
        additionalArguments: [`--weft-version=${version}`],
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        webSecurity: true,
        navigateOnDragDrop: false,
        // Edits of others are taken in, and own ones sent, in a window behind another too.
        backgroundThrottling: false,
        devTools: isDevelopment,
      },
    });
    if (place.maximized) window.maximize();
    this.#windows.push(window);
    this.#showOnceReady(window);
    this.#follow(window);
    this.#recover(window);
    this.#askBeforeLoss(window);
    return window;
  }

  #showOnceReady(window: BrowserWindow): void {
    const show = (): void => {
      clearTimeout(timer);
      if (!window.isDestroyed() && !window.isVisible()) window.show();
    };
    const timer = setTimeout(show, SHOWN_AFTER_MS);
    window.once('ready-to-show', show);
    window.once('closed', () => clearTimeout(timer));
  }

  #follow(window: BrowserWindow): void {
    const remember = (): void => {
      const { x, y, width, height } = window.getNormalBounds();
      const place = { position: { x, y }, width, height, maximized: window.isMaximized() };
      const { places } = this.#parts;
      places.set({ latest: place });
    };
    window.on('close', remember);
    window.on('moved', remember);
    window.on('resized', remember);
    window.on('focus', () => {
      this.#windows = [...this.#windows.filter((other) => other !== window), window];
      this.#parts.onFocus(this.#menuStates.get(window) ?? NO_DOCUMENT);
    });
    window.on('closed', () => {
      this.#windows = this.#windows.filter((other) => other !== window);
      if (this.#windows.length === 0) this.#parts.onFocus(NO_DOCUMENT);
    });
  }

  #recover(window: BrowserWindow): void {
    let crashes: number[] = [];
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      const now = Date.now();
      crashes = [...crashes.filter((time) => now - time < 60_000), now];
      if (crashes.length <= CRASHES_PER_MINUTE) window.webContents.reload();
      else void this.#ask(window, 'This window stopped working again and again.', 'Load Again');
    });
    window.on('unresponsive', () => void this.#ask(window, 'This window does not answer.', 'Wait'));
  }

  /** R4. The page says by `beforeunload` that it has such a text; without an answer here the app would just stay, without a word. */
  #askBeforeLoss(window: BrowserWindow): void {
    window.webContents.on('will-prevent-unload', (event) => {
      // Behind another window, or minimized, the question would belong to nothing.
      bringForward(window);
      // Waited for here: whether the page is left is decided when this listener returns. A quit that is refused ends with it.
      const answer = this.#parts.dialog.showMessageBoxSync(window, {
        type: 'warning',
        message: 'Leave this document?',
        detail: 'What you typed last is in this window only: this device keeps no copy of it, and the relay does not have it yet.',
        buttons: [...LEAVE_ANSWERS],
        defaultId: LEAVE_ANSWERS.indexOf('Stay'),
        cancelId: LEAVE_ANSWERS.indexOf('Stay'),
        noLink: true,
      });
      if (LEAVE_ANSWERS[answer] === 'Leave and Lose It') event.preventDefault();
      if (LEAVE_ANSWERS[answer] === 'Save a Copy…') sendEvent(window.webContents, 'menu', 'save-copy');
    });
  }

  async #ask(window: BrowserWindow, message: string, goOn: 'Load Again' | 'Wait'): Promise<void> {
    const detail = 'What was typed is kept on this device.';
    const { response } = await this.#parts.dialog.showMessageBox(window, {
      type: 'warning',
      message,
      detail,
      buttons: [goOn, 'Close Window'],
    });
    if (window.isDestroyed()) return;
    if (response === 1) window.destroy();
    else if (goOn === 'Load Again') window.webContents.reload();
  }
}

function bringForward(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.focus();
}

function whenLoaded(window: BrowserWindow, action: () => void): void {
  if (window.webContents.isLoading()) window.webContents.once('did-finish-load', action);
  else action();
}
