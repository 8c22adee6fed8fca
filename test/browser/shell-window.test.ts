/** The window as keys, fingers and system colours have it: what only a real browser can say. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const NARROW = { viewport: { width: 390, height: 780 } } as const;
let browser: HarnessBrowser;
let opened: HarnessPage | undefined;

async function open(options: BrowserContextOptions = {}, documents = 3): Promise<Page> {
  opened = await browser.openPage(options);
  const { page } = opened;
  await page.evaluate(
    (count) => window.shellHarness.setRecent(Array.from({ length: count }, (_, index) => `Paper ${index}.md`)),
    documents,
  );
  await page.evaluate(() => window.shellHarness.open());
  await page.locator('.cm-content').waitFor();
  return page;
}

const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    return (
      activeElement?.getAttribute('aria-label') ??
      activeElement?.querySelector('.document-title')?.textContent ??
      activeElement?.textContent
    );
  });
const isFocusIn = (page: Page, selector: string) => page.evaluate((within) => document.activeElement?.closest(within) !== null, selector);

await describeWithChromium('the window', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    expect(opened?.problems).toEqual([]);
    await opened?.page.close();
  });

  describe('by keys', () => {
    it('begins with a way past the documents, which are one stop', async () => {
      const page = await open({}, 200);
      await page.evaluate(() => {
        document.body.tabIndex = -1;
        document.body.focus();
      });
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the text');
      const stops: unknown[] = [];
      while (!(await isFocusIn(page, '.main-pane')) && stops.length < 20) {
        await page.keyboard.press('Tab');
        stops.push(await focused(page));
      }
      expect(stops.filter((stop) => String(stop).startsWith('Paper'))).toHaveLength(1);
      expect(stops.length).toBeLessThan(12);
      await page.locator('.skip-link').focus();
      await page.keyboard.press('Enter');
      expect(await isFocusIn(page, '.cm-content')).toBe(true);
    });

    it('reaches what the truth about the text means', async () => {
      const page = await open();
      await page.getByTestId('status-truth').locator('..').focus();
      await page.keyboard.press('Enter');
      await page.getByTestId('truth-explained').getByText('The relay has written everything you typed to its disk.').waitFor();
    });
  });

  describe('while it is narrow', () => {
    it('has the documents over it: keys stay in them, Escape closes them and goes back', async () => {
      const page = await open(NARROW);
      await page.getByRole('button', { name: 'Show the documents' }).click();
      await expect.poll(() => isFocusIn(page, '.sidebar')).toBe(true);
      for (let stop = 0; stop < 20; stop++) {
        await page.keyboard.press('Tab');
        expect(await isFocusIn(page, '.main-pane')).toBe(false);
      }
      await page.keyboard.press('Escape');
      await expect.poll(() => focused(page)).toBe('Show the documents');
      expect(await page.locator('.main-pane').evaluate((pane: HTMLElement) => pane.inert)).toBe(false);
    });

    it('is in reach again when it grows wide with the documents open', async () => {
      const page = await open(NARROW);
      await page.getByRole('button', { name: 'Show the documents' }).click();
      const isOutOfReach = () => page.locator('.main-pane').evaluate((pane: HTMLElement) => pane.inert);
      await expect.poll(isOutOfReach).toBe(true);
      await page.setViewportSize({ width: 1000, height: 700 });
      await expect.poll(isOutOfReach).toBe(false);
    });
  });

  it('can be hit by fingers: nothing is smaller than 40 pixels, and nothing lies on a title', async () => {
    const page = await open({ ...NARROW, hasTouch: true, isMobile: true });
    for (const name of ['Ada', 'Grace', 'Joan', 'Noor']) {
      await page.evaluate((who) => window.shellHarness.addPerson(who, { at: 'thermos' }), name);
    }
    const small = async () =>
      await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button:not(.skip-link), .setting:has(.switch), .swatch, .choice')]
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(
            ({ element, box }) =>
              element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && (box.width < 40 || box.height < 40),
          )
          .map(({ element, box }) => `${element.getAttribute('aria-label') ?? element.textContent} ${box.width}×${box.height}`),
      );
    await expect.poll(() => page.locator('.people > li').count()).toBe(3);
    expect(await small()).toEqual([]);
    await page.getByRole('button', { name: 'Show the documents' }).click();
    await page.locator('.document-forget').first().waitFor();
    await expect.poll(small).toEqual([]);
    const overlaps = await page.evaluate(() => {
      const [title, forget] = ['.document-title', '.document-forget'].map((selector) =>
        document.querySelector(selector)?.getBoundingClientRect(),
      );
      return title === undefined || forget === undefined || title.right > forget.left;
    });
    expect(overlaps).toBe(false);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.locator('dialog').waitFor();
    expect(await small()).toEqual([]);
  });

  it('shows in the colours of the system what can be chosen, and what is', async () => {
    const page = await open({ forcedColors: 'active' });
    await page.getByRole('button', { name: 'Settings' }).click();
    const style = (selector: string, property: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    expect(await page.locator('dialog .swatch').count()).toBe(12);
    expect(
      new Set(await page.locator('dialog .swatch').evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor))).size,
    ).toBe(12);
    expect(await style('dialog .swatch:checked', 'outline-style')).toBe('solid');
    expect(await style('.choice input:checked + span', 'outline-style')).toBe('solid');
    expect(await style('.choice input:not(:checked) + span', 'outline-style')).toBe('none');
    expect(await style('.switch', 'border-top-style')).toBe('solid');
    const off = await style('.switch', 'background-color');
    await page.locator('.switch').click();
    await expect.poll(() => style('.switch', 'background-color')).not.toBe(off);
  });

  it('tells that it is offline and back to whoever does not see it', async () => {
    const page = await open();
    await page.evaluate(() =>
      window.shellHarness.setStatus({ connection: { state: 'waiting', retryAt: Date.now() + 60_000, reason: undefined } }),
    );
    const told = () => page.evaluate(() => window.shellHarness.told());
    await expect.poll(told, { timeout: 8_000 }).toContain('Offline: what you type is kept on this device.');
    await page.evaluate(() => window.shellHarness.setStatus({ connection: { state: 'connected' } }));
    await expect.poll(told).toContain('Connected again.');
  });
});
