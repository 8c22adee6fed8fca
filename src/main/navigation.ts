/**
 * Keeps every page where it belongs.
 *
 * R1 A page of the app only ever goes to a page of the app, by exact origin; redirects and frames too.
 * R2 No page opens a window of its own, and none embeds a webview.
 * R3 Out of the app leads only `openExternal`, for `http:`, `https:` and `mailto:`.
 */
import type { WebContents } from 'electron';
import { isAppUrl } from './app-origin';

const LONGEST_ADDRESS = 2048;
const OUTSIDE = new Set(['http:', 'https:', 'mailto:']);

type Guarded = Pick<WebContents, 'setWindowOpenHandler'> & {
  on(event: string, listener: (event: { preventDefault(): void; readonly url?: string }, url?: unknown) => void): unknown;
};

export function guardNavigation(contents: WebContents): void {
  const guarded: Guarded = contents;
  for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
    guarded.on(event, (details, url) => {
      if (!isAppUrl(details.url ?? (typeof url === 'string' ? url : ''))) details.preventDefault();
    });
  }
  guarded.on('will-attach-webview', (details) => details.preventDefault());
  guarded.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** What may be opened in the person's browser or mail program, as its parser wrote it; `undefined` for all else. */
export function externalAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  try {
    const url = new URL(text);
    return OUTSIDE.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
