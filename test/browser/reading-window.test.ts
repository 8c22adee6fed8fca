import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const pictures = process.env.WEFT_PICTURES;
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;

const title = () => page.getByTestId('title-input');
const shared = () => page.evaluate(() => ({ title: window.shellHarness.title(), text: window.shellHarness.text() }));
const become = (role: 'editor' | 'viewer') => page.evaluate((wanted) => window.shellHarness.become(wanted), role);

await describeWithChromium('the window of whoever reads', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser.openPage();
    page = opened.page;
    await page.evaluate(() => window.shellHarness.open());
    await page.locator('.cm-content').waitFor();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });

  it('takes nothing more into the title and the text in the turn in which the role is another', async () => {
    const before = await shared();
    await title().focus();
    expect(await become('viewer')).toEqual({ title: before.title, readOnly: true });
    await page.keyboard.type('mine');
    await page.keyboard.press('Backspace');
    await page.locator('.cm-content').focus();
    await page.keyboard.type('mine');
    expect(await shared()).toEqual(before);
    await expect.poll(() => page.getByText('You are reading; ask the owner for a link that lets you write.').count()).toBe(1);
  });

  it('ends what an input method has begun in the title, and shows the title as it is', async () => {
    const before = await shared();
    await title().focus();
    await page.keyboard.press('End');
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
    expect(await title().inputValue()).toContain('に');
    await become('viewer');
    expect(await title().inputValue()).toBe(before.title);
    await devtools.send('Input.insertText', { text: '日本' });
    expect(await title().inputValue()).toBe(before.title);
    expect(await shared()).toEqual(before);
  });

  it('lets the title be selected and copied, and the text be saved as a file', async () => {
    await become('viewer');
    await title().click({ clickCount: 3 });
    expect(await page.evaluate(() => getSelection()?.toString())).toBe((await shared()).title);
    await page.getByRole('button', { name: 'Save a copy as a file' }).click();
    expect(await page.evaluate(() => window.shellHarness.savedCopies())).toMatchObject([
      { name: 'Harbour walk.md', text: (await shared()).text },
    ]);
  });

  it('lets whoever may write again go on at once, and leaves the focus where it is', async () => {
    await become('viewer');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    await title().focus();
    await become('editor');
    expect(await title().evaluate((field) => document.activeElement === field)).toBe(true);
    await expect.poll(() => page.locator('.notice.quiet').count()).toBe(0);
    await page.locator('.cm-content').focus();
    await page.keyboard.type('Back. ');
    expect((await shared()).text).toMatch(/^Back\. /);
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('reading, %s', async (theme) => {
      await page.evaluate((wanted) => window.shellHarness.setTheme(wanted), theme);
      await page.evaluate(() => {
        window.shellHarness.setRecent(['Harbour walk.md', 'tides.ts', 'Minutes of the harbour association, spring.md', '']);
        window.shellHarness.addPerson('Noor', { color: 1, at: 'thermos' });
        window.shellHarness.addPerson('Ada Lovelace', { color: 4, at: 'gardens' });
        window.shellHarness.addPerson('Mateo', { color: 8, role: 'viewer' });
      });
      await become('viewer');
      for (const [shape, width] of [
        ['wide', 1180],
        ['narrow', 420],
      ] as const) {
        await page.setViewportSize({ width, height: 760 });
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(pictures ?? '.', `reading-${theme}-${shape}.png`) });
      }
    });
  });
});
