import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

let page: Page;

/** Each word is there once: it can be found again wherever it is drawn. */
const words = (count: number, mark: string) => Array.from({ length: count }, (_, index) => `${mark}${index}`).join(' ');
const lines = (count: number, mark: string) =>
  `${Array.from({ length: count }, (_, index) => `${mark}${index} ${words(6, `${mark}${index}x`)}`).join('\n')}\n`;
const paragraphs = (count: number, mark: string) =>
  `${Array.from({ length: count }, (_, index) => words(260, `${mark}${index}x`)).join('\n')}\n`;

const fill = (text: string) => page.evaluate((wanted) => window.harness.fill(wanted), text);
const frames = () => page.evaluate(() => window.harness.nextFrames());
const text = () => page.evaluate(() => window.harness.text());
const remoteInsert = (at: number, insert: string) =>
  page.evaluate(([position, wanted]) => window.harness.remoteInsert(position, wanted), [at, insert] as const);
const remoteDelete = (at: number, length: number) =>
  page.evaluate(([position, count]) => window.harness.remoteDelete(position, count), [at, length] as const);
const drawnAt = (word: string) => page.evaluate((wanted) => window.harness.drawnAt(wanted), word);
const scrollTo = async (pixels: number) => {
  await page.evaluate((by) => window.harness.scrollBy(by), pixels);
  await frames();
};

/** Does something to the document while somebody reads, and says by how many pixels the row they read first has moved. */
async function movedBy(change: () => Promise<unknown>): Promise<number> {
  await frames();
  const word = await page.evaluate(() => window.harness.wordAt(14));
  const before = await drawnAt(word);
  expect(before).not.toBeNaN();
  await change();
  const atOnce = await drawnAt(word);
  await frames();
  return Math.max(Math.abs(atOnce - before), Math.abs((await drawnAt(word)) - before));
}

await describeWithChromium('the place of whoever reads, without a caret in the text', () => {
  useEditorPage(async (opened) => {
    page = opened;
    await page.evaluate(() => window.harness.setReadOnly(true));
  });

  const kinds = [
    ['prose with long wrapped lines', 'walk.md', paragraphs(80, 'p')],
    ['code in short lines', 'walk.ts', lines(900, 'l')],
  ] as const;

  describe.each(kinds)('in %s', (_kind, title, content) => {
    beforeEach(async () => {
      await page.evaluate((wanted) => window.harness.setTitle(wanted), title);
      await fill(content);
      await scrollTo(3_333);
    });

    it('stays to the pixel when much is inserted far above', async () => {
      expect(await movedBy(() => remoteInsert(0, paragraphs(40, 'above')))).toBeLessThan(1);
      expect(await movedBy(() => remoteInsert(0, lines(1_000, 'more')))).toBeLessThan(1);
    });

    it('stays when much is deleted far above', async () => {
      expect(await movedBy(() => remoteDelete(0, 4_000))).toBeLessThan(1);
    });

    it('does not creep while somebody types far above, key by key', async () => {
      const type = () =>
        page.evaluate(async () => {
          for (let key = 0; key < 300; key++) {
            window.harness.remoteInsert(40 + key, key % 40 === 39 ? '\n' : key % 7 === 0 ? ' ' : 'x');
            // Each key comes by itself, and every twentieth is waited for until it is drawn.
            await (key % 20 === 0 ? window.harness.nextFrames() : new Promise((resolve) => setTimeout(resolve)));
          }
        });
      expect(await movedBy(type)).toBeLessThan(2);
    });

    it('stays when lines come in just above the first visible row', async () => {
      const word = await page.evaluate(() => window.harness.wordAt(14));
      const lineStart = (await text()).lastIndexOf('\n', (await text()).indexOf(` ${word} `)) + 1;
      expect(await movedBy(() => remoteInsert(lineStart, lines(30, 'just')))).toBeLessThan(1);
      expect(await movedBy(() => remoteInsert(Math.max(0, lineStart - 200), 'some words more '))).toBeLessThan(1);
    });

    it('stays when the reader’s own line is written into, before what is visible of it and in the middle of it', async () => {
      const word = await page.evaluate(() => window.harness.wordAt(14));
      const at = (await text()).indexOf(` ${word} `);
      const lineStart = (await text()).lastIndexOf('\n', at) + 1;
      expect(await movedBy(() => remoteInsert(lineStart, words(150, 'own')))).toBeLessThan(1);
      expect(await movedBy(() => remoteInsert(lineStart, 'a first line instead\n'))).toBeLessThan(1);
    });

    it('stays at the very top', async () => {
      await scrollTo(-100_000);
      expect(await movedBy(() => remoteInsert(0, lines(200, 'top')))).toBeLessThan(1);
    });

    it('stays at the very end, while others write behind it and above', async () => {
      await scrollTo(1_000_000);
      await scrollTo(1_000_000);
      expect(await movedBy(async () => remoteInsert((await text()).length, lines(50, 'end')))).toBeLessThan(1);
      await scrollTo(1_000_000);
      await scrollTo(1_000_000);
      expect(await movedBy(() => remoteInsert(0, paragraphs(20, 'above')))).toBeLessThan(1);
    });

    it('begins at the beginning when a document comes in, and lets what is written on an empty line be seen', async () => {
      await page.evaluate(() => window.harness.empty());
      await fill(content);
      await frames();
      expect((await page.evaluate(() => window.harness.scrolled())).top).toBe(0);
      await remoteInsert(0, '\n');
      await scrollTo(-100);
      await remoteInsert(0, lines(3, 'new'));
      await frames();
      expect(await drawnAt('new0')).toBeLessThan(100);
    });

    it('stays when what is below is deleted or rewritten', async () => {
      const word = await page.evaluate(() => window.harness.wordAt(14));
      const at = (await text()).indexOf(` ${word} `);
      expect(await movedBy(() => remoteDelete(at + 800, 2_000))).toBeLessThan(1);
      expect(await movedBy(() => remoteInsert(at + 400, paragraphs(5, 'below')))).toBeLessThan(1);
    });
  });
});
