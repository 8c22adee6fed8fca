/**
 * Every call and every event between the renderer and the main process, written once: a call is added by one line in
 * {@link BridgeCalls} and one in {@link BRIDGE_CALLS}, and the compiler lists what is left to do.
 */
import type { Settings } from './settings';

/** Renderer → main; each answers once. Arguments and results are plain data. */
export interface BridgeCalls {
  readSettings(): Settings;
  /** Merges into what is stored; all windows hear `settings`. */
  changeSettings(change: Partial<Settings>): Settings;
  bundledRelay(): BundledRelay;
  /** Starts the bundled relay again after it gave up. */
  restartRelay(): void;
  openWindow(): void;
  /** Asks for a text file; `undefined` when the person changed their mind. */
  openTextFile(): TextFile | undefined;
  /** Asks where to, then writes all of it or nothing. The name of the written file, `undefined` when the person changed their mind. */
  saveTextFile(file: TextFile): string | undefined;
  /** http:, https: and mailto: only; opens in the person's browser. */
  openExternal(url: string): void;
  /** Plain text to the clipboard. */
  copyText(text: string): void;
  /** Tells the menu what makes sense now. */
  setMenuState(state: MenuState): void;
}

/** Main → renderer, to one window or all. */
export interface BridgeEvents {
  settings: Settings;
  bundledRelay: BundledRelay;
  menu: MenuCommand;
  /** An address that was clicked or given on the command line; the window asks before it opens a strange relay. */
  openAddress: string;
  /** A link that was clicked, or given on the command line, is none that can be opened. */
  linkRefused: LinkFault;
}

export type LinkFault = 'too-long' | 'unreadable';

export const BRIDGE_CALLS = [
  'readSettings',
  'changeSettings',
  'bundledRelay',
  'restartRelay',
  'openWindow',
  'openTextFile',
  'saveTextFile',
  'openExternal',
  'copyText',
  'setMenuState',
] as const satisfies readonly (keyof BridgeCalls)[];

export const BRIDGE_EVENTS = [
  'settings',
  'bundledRelay',
  'menu',
  'openAddress',
  'linkRefused',
] as const satisfies readonly (keyof BridgeEvents)[];

/** What the preload script puts on `window.bridge`; a browser gets a stand-in with fewer abilities. */
export type Bridge = {
  readonly [Name in keyof BridgeCalls]: (...args: Parameters<BridgeCalls[Name]>) => Promise<ReturnType<BridgeCalls[Name]>>;
} & {
  readonly kind: 'desktop' | 'browser';
  /** `process.platform` of the desktop, `browser` otherwise: decides how shortcuts are written. */
  readonly platform: string;
  readonly version: string;
  on<Name extends keyof BridgeEvents>(name: Name, listener: (value: BridgeEvents[Name]) => void): () => void;
};

/** The relay that comes with the app. */
export type BundledRelay =
  | { readonly status: 'none' }
  | { readonly status: 'starting' }
  /** `notice`: one sentence when it is not where it was before. */
  | { readonly status: 'running'; readonly address: string; readonly notice?: string }
  /** It died; the next attempt is under way. */
  | { readonly status: 'restarting'; readonly reason: string }
  /** It died too often: a person has to do something. */
  | { readonly status: 'failed'; readonly reason: string };

/** A file's text with `\n` inside, and the line ending it had on disk. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
  readonly lineEnding: '\n' | '\r\n' | '\r';
}

export interface MenuState {
  readonly documentOpen: boolean;
}

export type MenuCommand =
  | 'new-document'
  | 'open-address'
  | 'open-file'
  | 'save-copy'
  | 'share'
  | 'find'
  | 'undo'
  | 'redo'
  | 'toggle-sidebar'
  | 'toggle-wrap'
  | 'larger-text'
  | 'smaller-text'
  | 'settings';
