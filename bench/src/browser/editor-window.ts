/** An editor in a page of a real browser: ours, or the stock page. Typed into by keys, watched from outside. */
import type { Browser, Page } from 'playwright-core';
import { sleep } from '../generator/waiting.ts';
import { scrollToWords, takeNotes, watchText } from './in-page.ts';

export type EditorKind = 'ours' | 'stock';

/** Where an editor is found, and how it looks to who counts. */
export interface EditorPlace {
  readonly kind: EditorKind;
  readonly relayPort: number;
  /** Where the stock page is served. */
  readonly stockOrigin: string;
}

/** An ordinary laptop's. */
const VIEWPORT = { width: 1280, height: 800 };
const SHOWN_MS = 60_000;
const LINE_LENGTH = 60;

export class EditorWindow {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** In a browser context of its own: no copy on the device, no cache. `text`: what shows that the document is there. */
  static async open(browser: Browser, place: EditorPlace, document: string, text: string): Promise<EditorWindow> {
    const editor = await EditorWindow.blank(browser);
    await editor.page.addInitScript(watchText, text);
    await editor.page.goto(addressOf(place, document));
    await editor.whenShown();
    return editor;
  }

  static async blank(browser: Browser): Promise<EditorWindow> {
    const context = await browser.newContext({ viewport: VIEWPORT });
    await context.addInitScript(takeNotes);
    return new EditorWindow(await context.newPage());
  }

  /** One more page of the same person. */
  async another(): Promise<EditorWindow> {
    return new EditorWindow(await this.page.context().newPage());
  }

  /** When the text was painted. Milliseconds of the page's clock. */
  async whenShown(): Promise<number> {
    await this.page.waitForFunction(() => window.bench.shownAt !== undefined, undefined, { timeout: SHOWN_MS, polling: 20 });
    return await this.page.evaluate(() => window.bench.shownAt ?? Number.NaN);
  }

  /** Puts the caret where the text ends. */
  async goToEnd(): Promise<void> {
    await this.page.locator('.cm-content').focus();
    await this.page.keyboard.press('Control+End');
  }

  /** Scrolls to a part of the text, and puts the caret there. @param part from 0, the beginning, to 1 */
  async goTo(part: number): Promise<void> {
    await this.page.locator('.cm-scroller').evaluate((scroller, to) => {
      scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * to;
    }, part);
    // Heights out of sight are estimates until they are seen.
    await sleep(500);
    await this.page.mouse.click(VIEWPORT.width / 2, VIEWPORT.height / 2);
  }

  /** Scrolls until these words are in the middle of the screen, and puts the caret there. */
  async goToWords(words: string): Promise<void> {
    await this.page.evaluate(scrollToWords, words);
    await this.page.mouse.click(VIEWPORT.width / 2, VIEWPORT.height / 2);
  }

  /** A key now and then, as a person: `everyMs` on average, up to half of it sooner or later. A new line every so often. */
  async type(keys: readonly string[], everyMs: number, random: () => number): Promise<void> {
    const begin = performance.now();
    for (const [index, key] of keys.entries()) {
      const due = begin + (index + random() - 0.5) * everyMs;
      await sleep(Math.max(0, due - performance.now()));
      await this.page.keyboard.press(key);
      if (index % LINE_LENGTH === LINE_LENGTH - 1) await this.page.keyboard.press('Enter');
    }
  }

  /** Two frames later everything that was under way is on the screen. */
  async whenPainted(): Promise<void> {
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }

  /** @throws when they do not: a cursor that is not drawn costs nothing. @param least how many of them, as a part */
  async untilCursorsShow(count: number, least: number): Promise<void> {
    await this.page
      .waitForFunction(
        (wanted) => document.querySelectorAll('.remote-caret:not([hidden]), .cm-ySelectionCaret').length >= wanted,
        Math.floor(count * least),
        { timeout: SHOWN_MS },
      )
      .catch(async () => {
        throw new Error(`of ${count} cursors ${await this.cursorsShown()} are drawn`);
      });
  }

  async cursorsShown(): Promise<number> {
    return await this.page.evaluate(() => document.querySelectorAll('.remote-caret:not([hidden]), .cm-ySelectionCaret').length);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

export function addressOf({ kind, relayPort, stockOrigin }: EditorPlace, document: string): string {
  if (kind === 'ours') return `http://127.0.0.1:${relayPort}/d/${document}`;
  const query = new URLSearchParams({ relay: `ws://127.0.0.1:${relayPort}`, document, name: 'Stock page' });
  return `${stockOrigin}/?${query}`;
}
