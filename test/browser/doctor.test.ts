import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const pictures = process.env.WEFT_PICTURES;
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;

const doctor = () => page.getByRole('dialog', { name: 'Connection' });
const verdict = () => page.getByTestId('verdict').textContent();
const findWell = () =>
  page.evaluate(() => {
    const works = { state: 'works', ms: 9 } as const;
    window.shellHarness.find({ http: works, webSocket: works, eventStream: works, posts: works, roundTripMs: 14, isOver: true });
  });
const findBlocked = async () => {
  await findWell();
  await page.evaluate(() =>
    window.shellHarness.find({
      webSocket: { state: 'blocked', reason: 'Something on the way refuses WebSocket; ask whoever runs this network to let it through.' },
    }),
  );
};

await describeWithChromium('the connection doctor', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser.openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    page = opened.page;
    await page.evaluate(() => window.shellHarness.open());
    await page.locator('.cm-content').waitFor();
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });

  it('is reached from the status bar by keyboard, tells as it finds, and ends its examination with Escape', async () => {
    await page.getByTestId('status-connection').focus();
    await page.keyboard.press('Enter');
    await expect.poll(verdict).toBe('Trying every way to the relay…');
    await findBlocked();
    await expect.poll(verdict).toMatch(/^WebSocket is blocked on the way, so Weft goes by plain HTTP/);
    await page.keyboard.press('Escape');
    await expect.poll(() => doctor().count()).toBe(0);
    await expect.poll(() => page.evaluate(() => window.shellHarness.examinations().stopped)).toBe(1);
    await expect.poll(() => page.getByTestId('status-connection').evaluate((element) => document.activeElement === element)).toBe(true);
  });

  it('checks again when it is over, and not before', async () => {
    await page.getByTestId('status-connection').click();
    const again = page.getByRole('button', { name: 'Check again' });
    const asked = () => page.evaluate(() => window.shellHarness.examinations().patients.length);
    await again.click({ force: true });
    expect(await asked()).toBe(1);
    await findWell();
    await expect.poll(verdict).toBe('Everything works.');
    await again.click();
    await expect.poll(asked).toBe(2);
    await expect.poll(() => page.evaluate(() => window.shellHarness.examinations().stopped)).toBe(1);
    expect(await again.evaluate((element) => document.activeElement === element)).toBe(true);
  });

  it('copies a report without secret, title, text or id', async () => {
    await page.getByTestId('status-connection').click();
    await findBlocked();
    await page.getByRole('button', { name: 'Copy report' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('WebSocket: blocked: Something on the way');
    const report = await page.evaluate(() => navigator.clipboard.readText());
    const [patient] = await page.evaluate(() => window.shellHarness.examinations().patients);
    expect(patient).toMatchObject({ document: 'harbour', secret: 'personal-secret' });
    for (const secret of ['personal-secret', 'harbour', 'Harbour', 'crane']) expect(report).not.toContain(secret);
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('%s', async (theme) => {
      await page.evaluate((wanted) => window.shellHarness.setTheme(wanted), theme);
      await page.evaluate(() => window.shellHarness.setStatus({ underWay: 2, savedAt: Date.now() - 4_000, transport: 'http' }));
      await page.getByTestId('status-connection').click();
      for (const [state, find] of [
        ['checking', async () => undefined],
        ['blocked', findBlocked],
        ['well', findWell],
      ] as const) {
        await find();
        for (const [shape, width] of [
          ['wide', 1180],
          ['narrow', 420],
        ] as const) {
          await page.setViewportSize({ width, height: 760 });
          await page.waitForTimeout(300);
          await page.screenshot({ path: join(pictures ?? '.', `doctor-${state}-${theme}-${shape}.png`) });
        }
      }
    });
  });
});
