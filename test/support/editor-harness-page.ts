import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { HarnessBrowser, type HarnessPage } from './harness-browser';

/**
 * Each test of the `describe` that this is called in has the editor alone in a page of its own; one whose console complained fails.
 *
 * @param onOpen gets the page before the test.
 */
export function useEditorPage(onOpen: (page: Page) => void | Promise<void>): void {
  let browser: HarnessBrowser | undefined;
  let opened: HarnessPage | undefined;
  beforeAll(async () => {
    browser = await HarnessBrowser.open();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser?.openPage();
    if (opened !== undefined) await onOpen(opened.page);
  });
  afterEach(async () => {
    expect(opened?.problems).toEqual([]);
    await opened?.page.close();
  });
}
