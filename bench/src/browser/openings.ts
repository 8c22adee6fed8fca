/** From what a person does until the text is painted, on a relay that has the document open. */
import type { Browser } from 'playwright-core';
import { sleep } from '../generator/waiting.ts';
import { addressOf, type EditorPlace, EditorWindow } from './editor-window.ts';
import { watchText } from './in-page.ts';

/** Milliseconds; NaN for what a page cannot do. */
export interface Openings {
  /** The link in a browser that has never seen it: the page's own code is in it. */
  readonly openPage: number;
  /** The address entered in an open window that does not have the document: all of it comes from the relay. */
  readonly openByAddress: number;
  /** A click in the list of documents: the text comes from this device, the rest from the relay. */
  readonly openFromList: number;
  [figure: string]: number;
}

/** What a window does by itself after it was opened is over. */
const SETTLE_MS = 1_500;

export async function openings(browser: Browser, place: EditorPlace, document: string, text: string): Promise<Openings> {
  const fresh = await EditorWindow.open(browser, place, document, text);
  const openPage = await fresh.whenShown();
  await fresh.close();
  if (place.kind === 'stock') return { openPage, openByAddress: Number.NaN, openFromList: Number.NaN };

  const editor = await EditorWindow.blank(browser);
  const home = `http://127.0.0.1:${place.relayPort}/`;
  await editor.page.goto(home);
  await editor.page.getByTestId('open-address').fill(addressOf(place, document));
  const openByAddress = await timeOf(editor, text, () => editor.page.keyboard.press('Enter'));
  await editor.page.getByTestId('status-truth').getByText('Saved').waitFor();
  await sleep(SETTLE_MS);

  const later = await editor.another();
  await editor.page.close();
  await later.page.goto(home);
  const entry = later.page.getByTestId('document-list').locator('.document-open').first();
  await entry.waitFor();
  const openFromList = await timeOf(later, text, () => entry.click());
  await later.close();
  return { openPage, openByAddress, openFromList };
}

/** On the page's own clock, from the event to the frame. */
async function timeOf(editor: EditorWindow, text: string, act: () => Promise<void>): Promise<number> {
  await sleep(SETTLE_MS);
  await editor.page.evaluate(watchText, text);
  await act();
  const shownAt = await editor.whenShown();
  return shownAt - (await editor.page.evaluate(() => window.bench.actedAt));
}
