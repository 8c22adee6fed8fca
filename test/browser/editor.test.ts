import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

const pictures = process.env.WEFT_PICTURES;
let page: Page;

const lines = (count: number, mark = 'line') => Array.from({ length: count }, (_, index) => `${mark} ${index}\n`).join('');
const text = () => page.evaluate(() => window.harness.text());
const shared = () => page.evaluate(() => window.harness.shared());
const frame = () => page.evaluate(() => window.harness.nextFrames());
const topOf = (words: string) => page.evaluate((wanted) => window.harness.topOf(wanted), words);
const remoteInsert = (at: number, insert: string) =>
  page.evaluate(([position, words]) => window.harness.remoteInsert(position, words), [at, insert] as const);

async function expectInStep(): Promise<void> {
  expect(await text()).toBe(await shared());
}

await describeWithChromium('the editor in a real browser', () => {
  useEditorPage((opened) => {
    page = opened;
  });

  it('keeps the reader’s place when someone inserts 1,000 lines above (text-binding R3)', async () => {
    await page.evaluate((words) => window.harness.fill(words), lines(600));
    await page.evaluate(() => window.harness.scrollTo('line 300'));
    await frame();
    const before = await topOf('line 300');
    await remoteInsert(0, lines(1000, 'above'));
    await frame();
    expect(Math.abs((await topOf('line 300')) - before)).toBeLessThan(2);
  });

  it('keeps the line I write in where it is: lines inserted at the very top, and between the top and my caret (text-binding R3)', async () => {
    await page.evaluate((words) => window.harness.fill(words), lines(600));
    await page.evaluate(() => window.harness.select('line 6'));
    await page.evaluate(() => window.harness.focus());
    await frame();
    const before = await topOf('line 6');
    await remoteInsert(0, lines(1000, 'above'));
    await frame();
    expect(Math.abs((await topOf('line 6')) - before)).toBeLessThan(2);
    await remoteInsert((await text()).indexOf('line 5'), lines(1000, 'between'));
    await frame();
    expect(Math.abs((await topOf('line 6')) - before)).toBeLessThan(2);
    await expectInStep();
  });

  it('undoes my typing alone, with its selection, by keyboard (undo-history R1, R2)', async () => {
    await page.evaluate(() => window.harness.fill('alpha beta'));
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.select('beta'));
    await page.keyboard.type('gamma');
    await remoteInsert(0, 'theirs ');
    await page.keyboard.press('Control+z');
    expect(await text()).toBe('theirs alpha beta');
    expect(await page.evaluate(() => window.harness.selectedText())).toBe('beta');
    await page.keyboard.press('Control+Shift+z');
    expect(await text()).toBe('theirs alpha gamma');
    await expectInStep();
  });

  it('draws 100 people, and follows all of them ten times a second without falling behind (remote-cursors R1)', async () => {
    await page.evaluate((words) => window.harness.fill(words), 'some words to stand in\n'.repeat(20));
    await page.evaluate(() => window.harness.addPeople(100));
    await frame();
    expect(await page.locator('.remote-caret:visible').count()).toBe(100);
    const devtools = await page.context().newCDPSession(page);
    // CPU time of the page's main thread: what else runs on this machine does not count.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    };
    const before = await busy();
    expect(await page.evaluate(() => window.harness.moveEveryone({ rounds: 20, everyMilliseconds: 100 }))).toBe(2000);
    const seconds = (await busy()) - before;
    console.log(`100 people, 2,000 moves in 2 s: ${seconds.toFixed(2)} s of the main thread, sending them included`);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(1.5);
  });

  it('shows the flag whole at the first line, and again on hover after it faded (cursor-frame R1)', async () => {
    await page.evaluate(() => window.harness.setTitle('first.ts'));
    await page.evaluate(() => window.harness.fill('const first = 1;\nconst second = 2;\n'));
    const id = await page.evaluate(() => window.harness.addPerson('Ada Lovelace', 3, 6));
    await page.waitForSelector('.remote-flag.is-shown');
    const flag = await page.locator('.remote-flag').boundingBox();
    const scroller = await page.locator('.cm-scroller').boundingBox();
    if (flag === null || scroller === null) throw new Error('nothing to measure');
    expect(flag.y).toBeGreaterThanOrEqual(scroller.y);
    expect(flag.x + flag.width).toBeLessThanOrEqual(scroller.x + scroller.width);
    await page.waitForSelector('.remote-flag:not(.is-shown)', { state: 'attached' });
    const caret = await page.locator('.remote-caret').boundingBox();
    if (caret === null) throw new Error('no caret');
    await page.mouse.move(caret.x + 1, caret.y + caret.height / 2);
    await page.waitForSelector('.remote-flag.is-shown');
    await page.evaluate((person) => window.harness.rename(person, '<img src=x onerror=alert(1)>', '#ff0000'), id);
    await expect.poll(() => page.locator('.remote-flag').textContent()).toBe('<img src=x onerror=alert(1)>');
    expect(await page.locator('.remote-flag img').count()).toBe(0);
  });

  it('never covers what I am typing with a flag', async () => {
    await page.evaluate(() => window.harness.fill('one\ntwo\nthree\nfour\n'));
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.select('two'));
    await page.evaluate(() => window.harness.addPerson('Ada', 10, 10));
    await page.waitForSelector('.remote-flag.is-shown');
    const flag = await page.locator('.remote-flag').boundingBox();
    const two = await topOf('two');
    const three = await topOf('three');
    expect(flag === null || flag.y + flag.height <= two + 3 || flag.y >= three).toBe(true);
  });

  it('lets a composition go on while someone inserts above it (IME)', async () => {
    await page.evaluate(() => window.harness.fill('first line\nsecond line\n'));
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.placeCaret('first line\nsecond '.length));
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
    await remoteInsert(0, 'zeroth line\nand more\n');
    await devtools.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
    await remoteInsert(0, '> ');
    await frame();
    await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await devtools.send('Input.insertText', { text: '日本' });
    await expect.poll(text).toBe('> zeroth line\nand more\nfirst line\nsecond 日本line\n');
    await expectInStep();
  });

  it('keeps emoji whole under real keys, and pastes CRLF as LF', async () => {
    await page.evaluate(() => window.harness.focus());
    await page.keyboard.insertText('a😀😃b');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText('👩‍👩‍👧');
    await page.evaluate(() => window.harness.paste('x\r\ny\rz'));
    expect(await text()).toBe('a👩‍👩‍👧x\ny\nzb');
    expect(await shared()).not.toMatch(/\p{Surrogate}/u);
    await expectInStep();
  });

  it('counts words, goes to where someone is, and lets go of the keyboard after Escape (accessibility)', async () => {
    await page.evaluate((words) => window.harness.fill(words), lines(500));
    await expect.poll(() => page.evaluate(() => window.harness.counts().words)).toBe(1000);
    const position = (await text()).indexOf('line 400');
    const id = await page.evaluate((at) => window.harness.addPerson('Grace', at, at), position);
    await page.evaluate((person) => window.harness.follow(person), id);
    await frame();
    await page.waitForSelector('.remote-caret:visible');
    await page.evaluate(() => window.harness.focus());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.classList.contains('cm-content'))).toBe(false);
  });

  it('says how to leave the text, and writes nothing by Tab before a heading (accessibility)', async () => {
    await page.evaluate(() => window.harness.fill('# Heading'));
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.placeCaret(0));
    expect(await page.getByRole('textbox').getAttribute('aria-description')).toBe('Escape, then Tab, leaves the text');
    await page.keyboard.press('Tab');
    expect(await text()).toBe('# Heading');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.classList.contains('cm-content'))).toBe(false);
  });

  it('nests a numbered item by real keys, and takes it back', async () => {
    await page.evaluate(() => window.harness.focus());
    await page.keyboard.type('1. one\nsub');
    await page.keyboard.press('Tab');
    await page.keyboard.type(' words\nnext');
    expect(await text()).toBe('1. one\n   1. sub words\n   2. next');
    await page.keyboard.press('Shift+Tab');
    expect(await text()).toBe('1. one\n   1. sub words\n2. next');
    await expectInStep();
  });

  it('has room around what one goes to by keys, at both ends', async () => {
    await page.evaluate((words) => window.harness.fill(words), lines(300));
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.scrollTo('line 200'));
    await page.keyboard.press('Control+Home');
    await expect.poll(() => page.evaluate(() => window.harness.scrolled().top)).toBe(0);
    await page.evaluate(() => window.harness.placeCaret(window.harness.positionOf('line 100')));
    for (let count = 0; count < 40; count++) await page.keyboard.press('ArrowDown');
    await frame();
    const scroller = await page.locator('.cm-scroller').boundingBox();
    const caret = await page.locator('.cm-cursor').first().boundingBox();
    if (scroller === null || caret === null) throw new Error('nothing to measure');
    expect(scroller.y + scroller.height - caret.y - caret.height).toBeGreaterThan(30);
  });

  it('takes my cursor to the others within two beats, and away when it is destroyed (cursor-publisher R1, R3)', async () => {
    await page.evaluate(() => window.harness.fill('some text'));
    expect(await page.evaluate(() => window.harness.myCursor())).toBeUndefined();
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.placeCaret(4));
    await expect.poll(() => page.evaluate(() => window.harness.myCursor())).toEqual({ anchor: 4, head: 4 });
    await page.evaluate(() => window.harness.destroy());
    expect(await page.evaluate(() => window.harness.myCursor())).toBeUndefined();
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('%s', async (theme) => {
      for (const kind of ['prose', 'code'] as const) {
        await page.evaluate(([wanted, look]) => window.harness.showScene(wanted, look), [kind, theme] as const);
        await expect.poll(() => page.locator('.remote-flag.is-shown').count()).toBeGreaterThan(2);
        await page.evaluate(() => document.fonts.ready.then(() => undefined));
        await page.screenshot({ path: join(pictures ?? '.', `${kind}-${theme}.png`) });
        await page.evaluate(() => window.harness.openSearch());
        await page.keyboard.type('the');
        await page.screenshot({ path: join(pictures ?? '.', `${kind}-${theme}-search.png`) });
        await page.keyboard.press('Escape');
      }
    });
  });
});
