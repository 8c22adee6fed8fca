import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { HarnessBrowser, type HarnessPage } from '../support/harness-browser';

const TEXT = Array.from({ length: 400 }, (_, index) => `line ${index} of a long text`).join('\n');
let browser: HarnessBrowser;
let opened: HarnessPage;
let page: Page;
let ada: number;

const following = () => page.evaluate(() => window.harness.following());
const follow = (id: number | undefined) => page.evaluate((person) => window.harness.follow(person), id);
const scrolledTo = async () => (await page.evaluate(() => window.harness.scrolled())).top;
const placeOf = (words: string) => page.evaluate((wanted) => window.harness.positionOf(wanted), words);
const move = async (words: string) => {
  const at = await placeOf(words);
  await page.evaluate(([id, to]) => window.harness.movePerson(id, to), [ada, at] as const);
  return at;
};
/** Until the place is in the middle part of the window. */
const comfortable = async (at: number) => {
  const height = () => page.evaluate((place) => window.harness.heightOf(place), at);
  await expect.poll(height).toBeGreaterThan(0.18);
  await expect.poll(height).toBeLessThan(0.68);
};
/** Until two pictures in a row are the same. */
const atRest = () => expect.poll(async () => new Set(await page.evaluate(() => window.harness.watchScrolling(6))).size).toBe(1);

/** By its thumb, which is in the middle when line 200 of 400 is. */
async function dragScrollBar(): Promise<void> {
  const { right, top, height } = await page.locator('.cm-scroller').evaluate((element) => element.getBoundingClientRect());
  const before = await scrolledTo();
  await page.mouse.move(right - 6, top + height / 2);
  await page.mouse.down();
  await page.mouse.move(right - 6, top + height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  await expect.poll(scrolledTo).toBeGreaterThan(before);
}

async function open(options?: BrowserContextOptions): Promise<void> {
  opened = await browser.openPage(options);
  page = opened.page;
  await page.evaluate((words) => window.harness.fill(words), TEXT);
  ada = await page.evaluate(() => window.harness.addPerson('Ada', 0, 0));
  await page.evaluate(() => window.harness.nextFrames());
}

await describeWithChromium('whoever follows somebody', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    expect(opened.problems).toEqual([]);
    await page.close();
  });

  it('goes where they are and goes along, with room around their caret (follower R1)', async () => {
    await open();
    await move('line 300 ');
    await follow(ada);
    expect(await following()).toBe(ada);
    await comfortable(await placeOf('line 300 '));
    await comfortable(await move('line 20 '));
    await comfortable(await move('line 390 '));
    for (const words of ['one\n', 'two\n', 'three\n', 'four\n'.repeat(12)]) {
      const at = await placeOf('line 391 ');
      await page.evaluate(([id, place, text]) => window.harness.typeAs(id, place, text), [ada, at, words] as const);
      await comfortable(at + words.length);
    }
    expect(await following()).toBe(ada);
  });

  it('stays where it is as long as they move inside of what is seen', async () => {
    await open();
    await move('line 200 ');
    await follow(ada);
    await comfortable(await placeOf('line 200 '));
    await atRest();
    const before = await scrolledTo();
    await move('line 203 ');
    await move('line 198 ');
    await atRest();
    expect(await scrolledTo()).toBe(before);
  });

  it('glides a short way, and never where less motion is asked for (follower R1)', async () => {
    const places = async () => {
      await move('line 100 ');
      await follow(ada);
      await comfortable(await placeOf('line 100 '));
      await atRest();
      const watched = page.evaluate(() => window.harness.watchScrolling(40));
      await comfortable(await move('line 112 '));
      return new Set(await watched).size;
    };
    await open();
    expect(await places()).toBeGreaterThan(4);
    await page.close();
    await open({ reducedMotion: 'reduce' });
    expect(await places()).toBe(2);
  });

  it('goes along to the side where lines are not wrapped', async () => {
    await open();
    await page.evaluate(() => window.harness.setTitle('text.ts'));
    await page.evaluate(() => window.harness.setWrap(false));
    await page.evaluate((words) => window.harness.remoteInsert(0, words), `${'a wide line '.repeat(60)}\n`);
    await follow(ada);
    await page.evaluate(([id]) => window.harness.movePerson(id, 600), [ada] as const);
    await expect.poll(async () => (await page.evaluate(() => window.harness.scrolled())).left).toBeGreaterThan(300);
    await page.evaluate(([id]) => window.harness.movePerson(id, 0), [ada] as const);
    await expect.poll(async () => (await page.evaluate(() => window.harness.scrolled())).left).toBeLessThan(60);
  });

  const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the wheel', () => page.mouse.wheel(0, 60)],
    ['Page Down', () => page.keyboard.press('PageDown')],
    ['an arrow key', () => page.keyboard.press('ArrowDown')],
    ['Escape', () => page.keyboard.press('Escape')],
    ['typing', () => page.keyboard.type('x')],
    ['taking back', () => page.evaluate(() => window.harness.undo())],
    ['a click into the text', () => page.mouse.click(300, 300)],
    ['the scroll bar', dragScrollBar],
    [
      'a finger',
      () => page.evaluate(() => document.querySelector('.cm-content')?.dispatchEvent(new Event('touchmove', { bubbles: true }))),
    ],
    ['a search', () => page.evaluate(() => window.harness.openSearch()).then(() => page.keyboard.type('line 7\n'))],
  ];
  it.each(ways)('has the view back by %s (follower R2)', async (_way, takeBack) => {
    await open();
    await page.evaluate(() => window.harness.focus());
    await page.keyboard.type('mine ');
    await move('line 200 ');
    await follow(ada);
    await comfortable(await placeOf('line 200 '));
    await page.mouse.move(300, 300);
    await takeBack();
    await expect.poll(following).toBeUndefined();
    await atRest();
    const before = await scrolledTo();
    await move('line 390 ');
    await atRest();
    expect(await scrolledTo()).toBe(before);
  });

  it('goes on while they copy, make the page larger, or others write', async () => {
    await open();
    await page.evaluate(() => window.harness.focus());
    await move('line 200 ');
    await follow(ada);
    await comfortable(await placeOf('line 200 '));
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Shift');
    await page.evaluate(() =>
      document.querySelector('.cm-content')?.dispatchEvent(new WheelEvent('wheel', { ctrlKey: true, bubbles: true })),
    );
    await page.evaluate((words) => window.harness.remoteInsert(0, words), 'above\n'.repeat(300));
    await comfortable(await placeOf('line 200 '));
    expect(await following()).toBe(ada);
    await follow(undefined);
    expect(await following()).toBeUndefined();
  });
});
