import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const pictures = process.env.WEFT_PICTURES;
const TEXT = Array.from({ length: 300 }, (_, index) => `Line ${index} of the minutes.`).join('\n');
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;

const bar = () => page.getByTestId('following');
const avatar = (name: string) => page.getByTestId('people').getByRole('button', { name: new RegExp(`^${name}: `) });
const add = (name: string, more?: { color?: number; role?: 'editor' | 'viewer'; at?: string }) =>
  page.evaluate(([called, rest]) => window.shellHarness.addPerson(called, rest), [name, more ?? {}] as const);
/** What a screen reader was told, in order. */
const told = () => page.evaluate(() => window.shellHarness.told());

await describeWithChromium('the window of whoever follows somebody', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('shell-harness');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    opened = await browser.openPage();
    page = opened.page;
  });
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });
  const open = async (text?: string) => {
    await page.evaluate((words) => window.shellHarness.open(words), text);
    await page.locator('.cm-content').waitFor();
  };

  it('follows by a click on an avatar, says whom, and ends by a second click or the bar', async () => {
    await open(TEXT);
    await add('Ada', { at: 'Line 200 ' });
    await avatar('Ada').click();
    await expect.poll(() => bar().textContent()).toBe('Following AdaStop');
    await expect.poll(() => page.getByText('Line 200 ').isVisible()).toBe(true);
    expect(await avatar('Ada').getAttribute('aria-pressed')).toBe('true');
    await avatar('Ada').click();
    await expect.poll(() => bar().count()).toBe(0);
    await avatar('Ada').click();
    await page.getByRole('button', { name: 'Stop following Ada' }).click();
    await expect.poll(() => bar().count()).toBe(0);
    await expect.poll(told).toContain('You no longer follow Ada.');
    expect(await told()).toContain('You are following Ada.');
  });

  it('works by keyboard alone, with the text never losing its caret to it', async () => {
    await open(TEXT);
    await add('Ada', { at: 'Line 200 ' });
    await avatar('Ada').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => bar().count()).toBe(1);
    expect(await avatar('Ada').evaluate((element) => document.activeElement === element)).toBe(true);
    await page.keyboard.press('Space');
    await expect.poll(() => bar().count()).toBe(0);
  });

  it('waits for who is not in the text, and is not offered whoever only reads', async () => {
    await open(TEXT);
    const grace = await add('Grace');
    await add('Mateo', { role: 'viewer' });
    await avatar('Grace').click();
    await expect.poll(() => bar().textContent()).toBe('Following Grace, who is not in the text yetStop');
    await page.evaluate((id) => window.shellHarness.movePerson(id, 'Line 250 '), grace);
    await expect.poll(() => page.getByText('Line 250 ').isVisible()).toBe(true);
    await avatar('Mateo').click();
    await expect.poll(() => page.getByText('Mateo is reading; you can follow whoever writes.').count()).toBe(1);
    expect(await bar().textContent()).toBe('Following GraceStop');
  });

  it('says so to everyone when they left', async () => {
    await page.clock.install();
    await open(TEXT);
    const ada = await add('Ada', { at: 'Line 20 ' });
    await avatar('Ada').click();
    await page.clock.runFor(500);
    await page.evaluate((id) => window.shellHarness.removePerson(id), ada);
    await expect.poll(() => bar().textContent()).toBe('Ada is gone; waiting a moment…Stop');
    await page.clock.runFor(9_000);
    await expect.poll(() => bar().count()).toBe(0);
    await expect.poll(() => page.locator('.note[data-shown=true]').textContent()).toBe('Ada left, so you follow nobody any more.');
  });

  it('reaches everyone in a crowded document, writers first', async () => {
    await open(TEXT);
    for (const name of ['Ava', 'Ben', 'Cem']) await add(name, { role: 'viewer' });
    for (const name of ['Tom', 'Una', 'Vic', 'Wim']) await add(name, { at: 'Line 30 ' });
    await expect
      .poll(() =>
        page
          .getByTestId('people')
          .locator('> li > button')
          .evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel)),
      )
      .toEqual(['Tom: follow', 'Una: follow', 'Vic: follow', 'Wim: follow', '3 more']);
    await page.getByRole('button', { name: '3 more' }).click();
    const more = page.getByRole('dialog', { name: 'More people in this document' });
    expect(await more.getByRole('button').evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel))).toEqual([
      'Ava: reading along',
      'Ben: reading along',
      'Cem: reading along',
    ]);
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('following, %s', async (theme) => {
      await page.evaluate((wanted) => window.shellHarness.setTheme(wanted), theme);
      await open();
      await add('Noor', { color: 1, at: 'thermos' });
      await add('Ada Lovelace', { color: 4, at: 'gardens' });
      await add('Mateo', { color: 8, role: 'viewer' });
      await add('Jun', { color: 2, role: 'viewer' });
      await avatar('Ada Lovelace').click();
      for (const [shape, width] of [
        ['wide', 1180],
        ['narrow', 420],
      ] as const) {
        await page.setViewportSize({ width, height: 760 });
        await page.mouse.move(5, 500);
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(pictures ?? '.', `following-${theme}-${shape}.png`) });
      }
      await page.setViewportSize({ width: 1180, height: 760 });
      for (let index = 0; index < 9; index++) await add(`Reader ${index}`, { color: index, role: index % 2 === 0 ? 'viewer' : 'editor' });
      await page.getByRole('button', { name: / more$/ }).click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(pictures ?? '.', `more-people-${theme}.png`) });
    });
  });
});
