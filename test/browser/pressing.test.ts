import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

const pictures = process.env.WEFT_PICTURES;
let page: Page;

const TEXT = `words before the [seal rocks](https://seals.example/rocks) and after

- [ ] bring the thermos for all of us
- [x] find the [old map][map]

[map]: https://maps.example/harbour
`;
const fill = async (text = TEXT) => {
  await page.evaluate((words) => window.harness.fill(words), text);
  await page.evaluate(() => window.harness.parseAll());
  await page.evaluate(() => window.harness.focus());
  await page.evaluate(() => window.harness.nextFrames());
};
const middleOf = async (words: string) => {
  const box = await page.evaluate((wanted) => window.harness.boxOf(wanted), words);
  if (box === undefined) throw new Error(`${words} is not drawn`);
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};
const opened = () => page.evaluate(() => window.harness.opened());
const text = () => page.evaluate(() => window.harness.text());
const caret = () => page.evaluate(() => window.harness.caret());
const cursor = () => page.evaluate(() => getComputedStyle(document.querySelector('.cm-content') as Element).cursor);

async function click(words: string, key?: 'Control'): Promise<void> {
  const { x, y } = await middleOf(words);
  if (key !== undefined) await page.keyboard.down(key);
  await page.mouse.click(x, y);
  if (key !== undefined) await page.keyboard.up(key);
}

await describeWithChromium('pressing on the text', () => {
  useEditorPage((open) => {
    page = open;
  });

  it('opens a link with Ctrl and leaves the caret; without, it places the caret (R1)', async () => {
    await fill();
    await click('seal');
    expect(await opened()).toEqual([]);
    expect(await caret()).toBeGreaterThan(0);
    await page.evaluate(() => window.harness.placeCaret(0));
    await click('seal', 'Control');
    expect(await opened()).toEqual(['https://seals.example/rocks']);
    expect(await caret()).toBe(0);
    await click('old', 'Control');
    expect(await opened()).toEqual(['https://seals.example/rocks', 'https://maps.example/harbour']);
  });

  it('still adds a caret with Ctrl beside links, and opens nothing in the room beside a line', async () => {
    await fill('see https://seals.example/rocks\n\nwords');
    await click('words', 'Control');
    const { y } = await middleOf('https://seals.example/rocks');
    await page.keyboard.down('Control');
    await page.mouse.click(800, y);
    await page.keyboard.up('Control');
    expect(await opened()).toEqual([]);
    expect(await page.locator('.cm-cursor').count()).toBe(3);
  });

  it('opens a link for who may only read without any key, and lets them select in it (R1)', async () => {
    await fill();
    await page.evaluate(() => window.harness.setReadOnly(true));
    const { x, y } = await middleOf('seal');
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y, { steps: 4 });
    await page.mouse.up();
    expect(await page.evaluate(() => window.harness.selectedText())).not.toBe('');
    expect(await opened()).toEqual([]);
    await click('seal');
    expect(await opened()).toEqual(['https://seals.example/rocks']);
  });

  it('opens the link at the caret by keyboard (R1)', async () => {
    await fill();
    await page.evaluate(() => window.harness.placeCaret(window.harness.positionOf('rocks](')));
    await page.keyboard.press('Alt+Enter');
    expect(await opened()).toEqual(['https://seals.example/rocks']);
    expect(await text()).toBe(TEXT);
  });

  it('says with a hand and in words what Ctrl does (R3)', async () => {
    await fill();
    const { x, y } = await middleOf('seal');
    await page.mouse.move(x, y);
    expect(await cursor()).toBe('auto');
    await page.keyboard.down('Control');
    expect(await cursor()).toBe('pointer');
    await page.keyboard.up('Control');
    expect(await cursor()).toBe('auto');
    await page.mouse.move(x + 1, y);
    await expect.poll(() => page.locator('.link-tip').textContent()).toBe('Ctrl+click opens seals.example');
    await page.evaluate(() => window.harness.setReadOnly(true));
    await page.mouse.move(x, y + 100);
    await page.mouse.move(x, y);
    expect(await cursor()).toBe('pointer');
    await expect.poll(() => page.locator('.link-tip').textContent()).toBe('Click opens seals.example');
  });

  it('ticks a box where it stands, for the others too, and undoes it (R2)', async () => {
    await fill();
    const before = await caret();
    const { x, y } = await page.evaluate(() => {
      const box = [...document.querySelectorAll('.cm-line span')].find(({ textContent }) => textContent === '[ ]')?.getBoundingClientRect();
      return { x: (box?.left ?? 0) + (box?.width ?? 0) / 2, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 };
    });
    await page.mouse.move(x, y);
    expect(await cursor()).toBe('pointer');
    await page.mouse.click(x, y);
    expect(await text()).toBe(TEXT.replace('[ ]', '[x]'));
    expect(await page.evaluate(() => window.harness.shared())).toBe(await text());
    expect(await caret()).toBe(before);
    await page.keyboard.press('Control+z');
    expect(await text()).toBe(TEXT);
    await page.evaluate(() => window.harness.placeCaret(window.harness.positionOf('thermos')));
    await page.keyboard.press('Control+Enter');
    expect(await text()).toBe(TEXT.replace('[ ]', '[x]'));
    await page.evaluate(() => window.harness.setReadOnly(true));
    await page.mouse.click(x, y);
    await page.keyboard.press('Control+Enter');
    expect(await text()).toBe(TEXT.replace('[ ]', '[x]'));
  });

  describe.skipIf(pictures === undefined)('pictures to look at', () => {
    it.each(['light', 'dark'] as const)('%s', async (theme) => {
      await page.evaluate((look) => window.harness.showScene('prose', look), theme);
      const { x, y } = await middleOf('Noor');
      await page.mouse.move(x - 120, y);
      await page.locator('.link-tip').waitFor();
      await page.screenshot({ path: join(pictures ?? '.', `pressing-${theme}.png`) });
    });
  });
});
