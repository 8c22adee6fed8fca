import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

const pictures = process.env.WEFT_PICTURES;
let page: Page;

/** Long enough for three rows; every word is there once. */
const words = (mark: string) => Array.from({ length: 34 }, (_, index) => `${mark}${index}`).join(' ');
const TEXT = [
  words('plain'),
  `- ${words('one')}`,
  `  - ${words('two')}`,
  `    - [ ] ${words('box')}`,
  `- ${words('back')}`,
  '',
  `99. ${words('nine')}`,
  `100. ${words('hundred')}`,
  '',
  `> ${words('quote')}`,
  `> > ${words('deep')}`,
].join('\n');
const RIGHT = `- שלום ${Array.from({ length: 50 }, (_, index) => `מילה${'אבגדהוזחט'[index % 9]}${'אבגדה'[Math.floor(index / 10)]}`).join(' ')}`;

interface Row {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

const fill = async (text: string) => {
  await page.evaluate((filled) => window.harness.fill(filled), text);
  await page.evaluate(() => window.harness.parseAll());
  await page.evaluate(() => window.harness.focus());
  await page.evaluate(() => window.harness.nextFrames());
};
/** Where the rows of a line are drawn, as the browser says; of the first row, from after the marker. */
const rowsOf = (beginning: string): Promise<readonly Row[]> => page.evaluate((begin) => window.harness.rowsOf(begin), beginning);
const line = (mark: string) => page.locator('.cm-line', { hasText: new RegExp(`${mark}0 ${mark}1 `) });
const boxOf = async (word: string) => {
  const box = await page.evaluate((wanted) => window.harness.boxOf(wanted), word);
  if (box === undefined) throw new Error(`${word} is not drawn`);
  return box;
};

await describeWithChromium('rows of list items and quotes', () => {
  useEditorPage((opened) => {
    page = opened;
  });

  it.each(['one', 'two', 'box', 'nine', 'hundred', 'quote', 'deep'])(
    'go on below the first word of “%s” (hanging-indent R1)',
    async (mark) => {
      await fill(TEXT);
      const rows = await rowsOf(`${mark}0`);
      expect(rows.length).toBeGreaterThan(1);
      for (const { left } of rows.slice(1)) expect(Math.abs(left - (rows[0]?.left ?? 0))).toBeLessThan(1);
      const plain = await rowsOf('plain0');
      expect(rows[1]?.left).toBeGreaterThan((plain[1]?.left ?? 0) + 5);
    },
  );

  it('stand in larger text too, to two pixels', async () => {
    await page.evaluate(() => window.harness.setFontSize(28));
    await fill(TEXT);
    for (const mark of ['two', 'hundred', 'deep']) {
      const rows = await rowsOf(`${mark}0`);
      for (const { left } of rows.slice(1)) expect(Math.abs(left - (rows[0]?.left ?? 0))).toBeLessThan(2);
    }
  });

  it('begin where they would begin anyway (hanging-indent R2)', async () => {
    await fill(TEXT);
    const left = (await line('plain').boundingBox())?.x ?? Number.NaN;
    for (const mark of ['one', 'nine', 'quote']) expect(Math.abs((await firstLeft(mark)) - left)).toBeLessThan(0.6);
    async function firstLeft(mark: string): Promise<number> {
      return await line(mark).evaluate((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return Math.min(...[...range.getClientRects()].filter(({ width }) => width > 0).map((rect) => rect.left));
      });
    }
  });

  it('hang where tabs are before the marker (hanging-indent R2)', async () => {
    await fill(`- out\n\t- ${words('tab')}\n\t\t- ${words('more')}`);
    const [tab, more] = [await rowsOf('tab0'), await rowsOf('more0')];
    await page.evaluate(() => {
      for (const hung of document.querySelectorAll<HTMLElement>('.cm-line[style], .cm-line > [style]')) hung.style.marginInlineStart = '0';
    });
    for (const [mark, rows] of [
      ['tab', tab],
      ['more', more],
    ] as const) {
      const [first] = await rowsOf(`${mark}0`);
      expect(Math.abs((rows[0]?.left ?? 0) - (first?.left ?? Number.NaN))).toBeLessThan(0.6);
      // Below the dash.
      expect((rows[0]?.left ?? 0) - (rows[1]?.left ?? 0)).toBeGreaterThan(0);
      expect((rows[0]?.left ?? 0) - (rows[1]?.left ?? 0)).toBeLessThan(14);
    }
  });

  it('hang from the right where the line runs from right to left (hanging-indent R2)', async () => {
    await fill(RIGHT);
    const rows = await rowsOf('שלום');
    expect(rows.length).toBeGreaterThan(1);
    for (const { right } of rows.slice(1)) expect(Math.abs(right - (rows[0]?.right ?? 0))).toBeLessThan(1.5);
  });

  it('take a click where it is made, in each row', async () => {
    await page.setViewportSize({ width: 1000, height: 1400 });
    await fill(TEXT);
    for (const word of ['one2', 'one20', 'one33', 'two14', 'box20', 'hundred15', 'quote30', 'deep25']) {
      const { left, top, height } = await boxOf(word);
      await page.mouse.click(left + 0.5, top + height / 2);
      expect(await page.evaluate(() => window.harness.caret())).toBe(
        await page.evaluate((wanted) => window.harness.positionOf(wanted), word),
      );
    }
  });

  it('take Home and End, and a click into the room before a row, within the row', async () => {
    await fill(TEXT);
    const rows = await rowsOf('two0');
    const second = rows[1];
    if (second === undefined) throw new Error('one row only');
    await page.mouse.click(second.left + 60, second.top + 8);
    await page.keyboard.press('Home');
    const home = await page.evaluate(() => window.harness.caret());
    expect(await page.evaluate(() => window.harness.caretBox())).toMatchObject({ top: expect.closeTo(second.top, 0) });
    await page.keyboard.press('End');
    expect(await page.evaluate(() => window.harness.caret())).toBeGreaterThan(home);
    await page.mouse.click(second.left - 8, second.top + 8);
    expect(await page.evaluate(() => window.harness.caret())).toBe(home);
    await page.keyboard.press('Home');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    expect(await text()).toBe(TEXT);
  });
  const text = () => page.evaluate(() => window.harness.text());

  it('have my selection and the others’ on the words (span-geometry, remote-cursors)', async () => {
    await fill(TEXT);
    await page.evaluate(() => {
      for (const word of ['one20', 'two14', 'box20', 'hundred15', 'quote30', 'deep25']) {
        const at = window.harness.positionOf(word);
        window.harness.addPerson(word, at, at + word.length);
      }
      window.harness.select('two14');
    });
    await expect.poll(async () => (await page.evaluate(() => window.harness.drawnCursors())).carets).toBe(6);
    await page.evaluate(() => window.harness.nextFrames());
    const drawn = await page.evaluate(() => window.harness.drawnCursors());
    expect(drawn.selections).toBe(6);
    expect(drawn.caretsOff).toBeLessThan(0.6);
    expect(drawn.selectionsOff).toBeLessThan(0.6);
    const word = await boxOf('two14');
    const mine = await page.locator('.cm-selectionBackground').boundingBox();
    expect(mine?.x).toBeCloseTo(word.left, 0);
    expect(mine?.width).toBeCloseTo(word.width, 0);
  });

  it.each([
    ['from left to right', TEXT.slice(TEXT.indexOf('- one')), 'left'],
    ['from right to left', `${RIGHT}\n\nwords\nwords`, 'right'],
  ])('do not move the sides of a selection when the first line hangs, %s', async (_, hanging) => {
    const sidesOfAll = async (text: string) => {
      await page.evaluate(() => window.harness.empty());
      await fill(text);
      await page.keyboard.press('Control+a');
      await page.evaluate(() => window.harness.nextFrames());
      return await page.locator('.cm-selectionBackground').evaluateAll((boxes) => {
        const rects = boxes.map((box) => box.getBoundingClientRect()).filter(({ height }) => height > 40);
        return { left: Math.min(...rects.map(({ left }) => left)), right: Math.max(...rects.map(({ right }) => right)) };
      });
    };
    expect(await sidesOfAll(hanging)).toEqual(await sidesOfAll(`plain\n${hanging}`));
  });

  it('are drawn back once, however the text is coloured and changed while one writes', async () => {
    await fill(TEXT);
    await page.evaluate(() => window.harness.select('two33'));
    await page.keyboard.press('End');
    await page.keyboard.type('\n**more** words');
    await page.keyboard.press('Home');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Control+z');
    for (const element of await page.locator('.cm-line[style]').all()) expect(await element.locator('span[style]').count()).toBe(1);
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each([
      ['light', 1000],
      ['dark', 1000],
      ['light', 390],
    ] as const)('%s, %i pixels', async (theme, width) => {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate((look) => window.harness.showScene('prose', look), theme);
      await page.evaluate(() => window.harness.empty());
      await fill(`${TEXT}\n\n${RIGHT}\n\n| مرحبا | سلام |\n|---|---|\n| ١ | 2 |\n| نعم | لا |\n\n\t- tab ${words('tab')}`);
      await page.screenshot({ path: join(pictures ?? '.', `hanging-${theme}-${width}.png`) });
      await page.keyboard.press('Control+End');
      await page.evaluate(() => window.harness.nextFrames());
      await page.screenshot({ path: join(pictures ?? '.', `hanging-${theme}-${width}-end.png`) });
    });
  });
});
