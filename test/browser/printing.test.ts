import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const pictures = process.env.WEFT_PICTURES;
const TEXT = Array.from({ length: 300 }, (_, index) => `Paragraph ${index} of the minutes, which are long.`).join('\n\n');
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;

const printedText = () => page.locator('.printed-text');

await describeWithChromium('printing', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser.openPage();
    page = opened.page;
    await page.evaluate((words) => window.shellHarness.open(words, 'Minutes'), TEXT);
    await page.locator('.cm-content').waitFor();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });

  it('gives all pages of the text, and takes it out of the window again (printed-text R1)', async () => {
    await page.evaluate(() => window.shellHarness.setTheme('dark'));
    await page.evaluate(() => {
      addEventListener('beforeprint', () => {
        const printed = document.querySelector<HTMLElement>('.printed-text');
        document.body.dataset.seen = JSON.stringify([
          printed?.querySelector('h1')?.textContent,
          printed?.querySelector('div')?.textContent,
        ]);
      });
    });
    const pdf = await page.pdf({ format: 'A4' });
    if (pictures !== undefined) writeFileSync(join(pictures, 'printed.pdf'), pdf);
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length;
    // A PDF has its letters as numbers in a font: what was laid out for it is looked at instead. Six hundred lines, at about forty-five a page.
    expect(pages).toBeGreaterThan(10);
    expect(pages).toBeLessThan(20);
    expect(JSON.parse((await page.evaluate(() => document.body.dataset.seen)) ?? '')).toEqual(['Minutes', TEXT]);
    expect(await printedText().count()).toBe(0);
  });

  it('shows on paper the text alone, black on white', async () => {
    await page.evaluate(() => window.shellHarness.setTheme('dark'));
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await page.locator('#app').isVisible()).toBe(false);
    expect(await printedText().getByText('Paragraph 299').isVisible()).toBe(true);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await printedText().evaluate((text) => getComputedStyle(text).color)).toBe('rgb(0, 0, 0)');
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'printed.png') });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await printedText().count()).toBe(0);
    await page.emulateMedia({ media: 'screen' });
    expect(await page.locator('#app').isVisible()).toBe(true);
  });
});
