import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const pictures = process.env.WEFT_PICTURES;
const TITLES = ['Harbour walk.md', 'tides.ts', 'Minutes of the harbour association, spring.md', '', 'Menu for the summer party.md'];
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;

const item = (title: string) => page.getByTestId('document-list').getByRole('button', { name: new RegExp(`^${title}`) });
const tell = (index: number, people: Parameters<typeof window.shellHarness.tellWhoIsIn>[1]) =>
  page.evaluate(([number, who]) => window.shellHarness.tellWhoIsIn(number, who), [index, people] as const);
const watched = () => page.evaluate(() => window.shellHarness.watchedDocuments());

await describeWithChromium('who is where, in the list of documents', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser.openPage();
    page = opened.page;
    await page.evaluate((titles) => window.shellHarness.setRecent(titles), TITLES);
    await page.evaluate(() => window.shellHarness.open());
    await page.locator('.cm-content').waitFor();
    await expect.poll(watched).toEqual(['document-1', 'document-2', 'document-3', 'document-4']);
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });

  it('is part of what a document is called, for whoever does not see it', async () => {
    await tell(1, [{ name: 'Ada' }, { name: 'Joan', role: 'viewer' }]);
    await expect.poll(() => item('tides.ts').textContent()).toContain('Ada is there, Joan reads');
    await page.evaluate(() => window.shellHarness.addPerson('Noor', { at: 'thermos' }));
    await expect.poll(() => item('Harbour walk.md').textContent()).toContain('Noor is there');
  });

  it('is nothing as soon as the relay is gone, and everyone again as soon as it is back', async () => {
    await tell(1, [{ name: 'Ada' }]);
    await expect.poll(() => page.getByTestId('attendees').count()).toBe(1);
    await page.evaluate(() => window.shellHarness.loseRelay());
    await expect.poll(() => page.getByTestId('attendees').count()).toBe(0);
    await expect.poll(async () => (await watched()).length).toBe(4);
    await tell(1, [{ name: 'Ada' }]);
    await expect.poll(() => page.getByTestId('attendees').count()).toBe(1);
  });

  it('is not asked while the list is hidden', async () => {
    await page.getByRole('button', { name: 'Hide the documents' }).click();
    await expect.poll(watched).toEqual([]);
    await page.getByRole('button', { name: 'Show the documents' }).click();
    await expect.poll(async () => (await watched()).length).toBe(4);
    await page.setViewportSize({ width: 420, height: 700 });
    await expect.poll(watched).toEqual([]);
    await page.getByRole('button', { name: 'Show the documents' }).click();
    await expect.poll(async () => (await watched()).length).toBe(4);
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('%s', async (theme) => {
      await page.evaluate((wanted) => window.shellHarness.setTheme(wanted), theme);
      await page.evaluate(() => window.shellHarness.addPerson('Noor', { color: 1, at: 'thermos' }));
      await page.evaluate(() => window.shellHarness.addPerson('Mateo', { color: 8, role: 'viewer' }));
      await tell(1, [{ name: 'Ada Lovelace', color: 4 }]);
      await tell(2, [
        { name: 'Ada Lovelace', color: 4 },
        { name: 'Grace', color: 2 },
        { name: 'Quiet Otter', color: 9, role: 'viewer' },
      ]);
      await tell(
        4,
        Array.from({ length: 14 }, (_, index) => ({ name: `Guest ${index}`, color: index, role: 'viewer' as const })),
      );
      for (const [shape, width] of [
        ['wide', 1180],
        ['narrow', 420],
      ] as const) {
        await page.setViewportSize({ width, height: 760 });
        if (shape === 'narrow') {
          await page.getByRole('button', { name: 'Show the documents' }).click();
          await expect.poll(async () => (await watched()).length).toBe(4);
          await tell(1, [{ name: 'Ada Lovelace', color: 4 }]);
          await tell(4, [{ name: 'Jun', color: 7 }]);
        }
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(pictures ?? '.', `list-${theme}-${shape}.png`) });
      }
    });
    it('with forced colours', async () => {
      await page.emulateMedia({ forcedColors: 'active' });
      await page.evaluate(() => window.shellHarness.addPerson('Noor', { color: 1, at: 'thermos' }));
      await page.evaluate(() => window.shellHarness.become('viewer'));
      await tell(2, [
        { name: 'Ada Lovelace', color: 4 },
        { name: 'Quiet Otter', color: 9, role: 'viewer' },
      ]);
      await page.getByTestId('people').getByRole('button').first().click();
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(pictures ?? '.', 'forced-colors.png') });
    });
  });
});
