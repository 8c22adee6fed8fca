import { parseRelayOrigin } from './protocol/links';

/** What a person chose for the app, and what holds until they do. Settings of any age can be read (R1: never throws). */
export interface Settings {
  /** Empty until chosen: the app then shows a friendly made-up one. */
  readonly name: string;
  /** Index into the twelve person colours, or `undefined`: chosen from the name. */
  readonly color: number | undefined;
  readonly theme: 'system' | 'light' | 'dark';
  readonly wrapLines: boolean;
  /** CSS pixels. */
  readonly fontSize: number;
  readonly sidebar: boolean;
  /** Origin of the relay where new documents of the app live; empty: the one that comes with it. */
  readonly newDocumentsAt: string;
}

export const DEFAULT_SETTINGS: Settings = {
  name: '',
  color: undefined,
  theme: 'system',
  wrapLines: true,
  fontSize: 16,
  sidebar: true,
  newDocumentsAt: '',
};

export const SMALLEST_FONT = 11;
export const LARGEST_FONT = 28;
export const PERSON_COLORS = 12;

/** Takes what is right from whatever was stored, by this version or another, and defaults for the rest. */
export function readSettings(stored: unknown): Settings {
  const from: Record<string, unknown> = typeof stored === 'object' && stored !== null ? { ...stored } : {};
  const { name, color, theme, wrapLines, fontSize, sidebar, newDocumentsAt } = from;
  return {
    name: typeof name === 'string' ? name.slice(0, 64) : DEFAULT_SETTINGS.name,
    color: typeof color === 'number' && Number.isInteger(color) && color >= 0 && color < PERSON_COLORS ? color : undefined,
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    wrapLines: typeof wrapLines === 'boolean' ? wrapLines : DEFAULT_SETTINGS.wrapLines,
    fontSize:
      typeof fontSize === 'number' && fontSize >= SMALLEST_FONT && fontSize <= LARGEST_FONT
        ? Math.round(fontSize)
        : DEFAULT_SETTINGS.fontSize,
    sidebar: typeof sidebar === 'boolean' ? sidebar : DEFAULT_SETTINGS.sidebar,
    newDocumentsAt: typeof newDocumentsAt === 'string' && isRelayOrigin(newDocumentsAt) ? newDocumentsAt : DEFAULT_SETTINGS.newDocumentsAt,
  };
}

/** Exactly as links write it: no path, no name and password, nothing to be guessed. */
export function isRelayOrigin(text: string): boolean {
  return text.length <= LONGEST_ORIGIN && parseRelayOrigin(text) === text;
}

/** Characters; a host name has at most 253. */
const LONGEST_ORIGIN = 300;
