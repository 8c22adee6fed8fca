import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';
import type { DrawnCursors } from './editor-harness/drawn-cursors';

const PEOPLE = 40;
/** Within this after writing nobody is measured anew for its own sake. */
const PAUSE_MS = 250;
let page: Page;

/** Paragraphs of a few rows each; every word is there once. */
const TEXT = Array.from({ length: 24 }, (_, line) => Array.from({ length: 16 }, (_, word) => `word${line}x${word}`).join(' ')).join('\n\n');
const frames = () => page.evaluate(() => window.harness.nextFrames());
const drawn = () => page.evaluate(() => window.harness.drawnCursors());

function expectInPlace({ carets, caretsOff, selections, selectionsOff }: DrawnCursors): void {
  expect(carets).toBeGreaterThan(5);
  expect(selections).toBeGreaterThan(2);
  // Heights are kept in fractions, boxes are drawn in them too; half a pixel is nobody's.
  expect(caretsOff).toBeLessThan(0.6);
  expect(selectionsOff).toBeLessThan(0.6);
}

/** Two people in each of so many paragraphs; one of them has selected a word. */
async function begin(paragraphs = PEOPLE / 2): Promise<void> {
  await page.evaluate(
    (text) => window.harness.fill(text),
    TEXT.split('\n\n')
      .slice(0, paragraphs + 2)
      .join('\n\n'),
  );
  await page.evaluate((count) => {
    for (let index = 0; index < count; index++) {
      const word = `word${Math.floor(index / 2)}x${index % 2 === 0 ? 4 : 11}`;
      const at = window.harness.positionOf(word);
      window.harness.addPerson(`Person ${index}`, at, index % 2 === 0 ? at : at + word.length);
    }
  }, 2 * paragraphs);
  await page.evaluate(() => window.harness.focus());
  await expect.poll(async () => (await drawn()).carets).toBeGreaterThan(5);
  // Whoever came is measured; the pause after the text came is over.
  await page.waitForTimeout(PAUSE_MS + 100);
}

await describeWithChromium('where the others are drawn', () => {
  useEditorPage((opened) => {
    page = opened;
  });

  const writings: readonly (readonly [what: string, before: string, words: string, removed: number, by: 'me' | 'them'])[] = [
    ['a letter before them in their line', 'word2x1', 'a', 0, 'me'],
    ['a new line above', 'word0x0', 'one more\n', 0, 'me'],
    ['enough to break the line anew', 'word1x3', 'and some more words that need a row of their own, at least one of them ', 0, 'me'],
    ['a line break between them', 'word2x7', '\n', 0, 'me'],
    ['lines taken away above', 'word0x0', '', 200, 'me'],
    ['a heading made of a line above', 'word1x0', '# ', 0, 'me'],
    ['bold words in another line', 'word3x2', '**bold words** ', 0, 'me'],
    ['lines by somebody else, above', 'word0x0', 'first\nsecond\nthird\n', 0, 'them'],
  ];
  it.each(writings)('is right in the very next frame after %s (remote-cursors R1)', async (_what, before, words, removed, by) => {
    await begin();
    const at = await page.evaluate((place) => window.harness.positionOf(place), before);
    expectInPlace(await page.evaluate((writing) => window.harness.drawnAfter(writing), { at, words, removed, by }));
    // And it is what a measurement says.
    await page.waitForTimeout(PAUSE_MS + 100);
    await frames();
    expectInPlace(await drawn());
  });

  it('moves aside with the text when a scroll bar comes (R1)', async () => {
    await page.setViewportSize({ width: 1000, height: 1500 });
    await begin(3);
    const end = await page.evaluate(() => window.harness.text().length);
    const widthOf = () => page.locator('.cm-scroller').evaluate((scroller) => scroller.clientWidth);
    const before = await widthOf();
    expectInPlace(await page.evaluate((at) => window.harness.drawnAfter({ at, words: 'line\n'.repeat(40) }), end));
    expect(await widthOf()).toBeLessThan(before);
  });

  it('measures nobody whose line I do not write in, and everybody in the pause after it (R1)', async () => {
    await begin();
    /** Until two frames came soon enough: on a busy machine the pause may be over before them. */
    const whileWriting = await page.evaluate(async (pause) => {
      const { harness } = window;
      const nextFrame = () => new Promise((done) => requestAnimationFrame(done));
      for (;;) {
        harness.countMeasured();
        const began = performance.now();
        harness.writeAt(harness.positionOf('word5x3'), 'abc');
        await nextFrame();
        await nextFrame();
        const count = harness.countMeasured();
        if (performance.now() - began < pause / 2) return count;
        await new Promise((done) => setTimeout(done, 2 * pause));
      }
    }, PAUSE_MS);
    await page.waitForTimeout(PAUSE_MS + 100);
    await frames();
    const inThePause = await page.evaluate(() => window.harness.countMeasured());
    const { carets } = await drawn();
    // Two in my line, one with a selection, and my own caret, which several parts of the editor ask for.
    expect(whileWriting).toBeLessThan(carets / 2);
    expect(inThePause).toBeGreaterThanOrEqual(carets);
  });

  it('stays right when the window changes: narrower, no wrapping, larger letters, a panel above (R1)', async () => {
    await begin();
    const offAtMost = async () => {
      const { carets, caretsOff, selectionsOff } = await drawn();
      return carets < 10 ? Number.POSITIVE_INFINITY : Math.max(caretsOff, selectionsOff);
    };
    // The editor itself looks up from a change of the window a few frames later.
    await page.setViewportSize({ width: 620, height: 640 });
    await page.waitForFunction(() => innerWidth === 620);
    await expect.poll(offAtMost).toBeLessThan(0.6);
    await page.evaluate(() => window.harness.setWrap(false));
    await expect.poll(offAtMost).toBeLessThan(0.6);
    await page.evaluate(() => window.harness.setFontSize(22));
    await expect.poll(offAtMost).toBeLessThan(0.6);
    await page.evaluate(() => window.harness.openSearch());
    await expect.poll(offAtMost).toBeLessThan(0.6);
  });

  it('comes with the text when it is scrolled, far and back (R4)', async () => {
    await begin();
    for (const words of ['word18x3', 'word0x0', 'word9x9']) {
      await page.evaluate((place) => window.harness.scrollTo(place), words);
      await frames();
      expectInPlace(await drawn());
    }
  });

  it('draws who moved a frame after what I write, and not much later however much I write (R5)', async () => {
    await begin();
    const moving = page.evaluate(() => window.harness.moveEveryone({ rounds: 1, everyMilliseconds: 0 }));
    const [first = 0, ...later] = await page.evaluate(() => window.harness.writeWhileOthersMove(window.harness.positionOf('word5x3'), 20));
    await moving;
    // Mine, and whoever stands in my line.
    expect(first).toBeLessThan(PEOPLE / 2);
    expect(Math.max(...later)).toBeGreaterThanOrEqual(PEOPLE / 2);

    const off = await page.evaluate(async () => {
      const { harness } = window;
      // From where they are to the next letter.
      await harness.moveEveryone({ rounds: 2, everyMilliseconds: 0 });
      const end = performance.now() + 400;
      while (performance.now() < end) {
        harness.writeAt(harness.positionOf('word20x3'), 'x');
        await new Promise((done) => requestAnimationFrame(done));
      }
      return harness.drawnCursors().caretsOff;
    });
    expect(off).toBeLessThan(0.6);
  });

  it('fades nothing in a crowd (R6)', async () => {
    await begin();
    const durations = () =>
      page.evaluate(() => [...document.querySelectorAll('.remote-flag')].map((flag) => getComputedStyle(flag).transitionDuration));
    expect(new Set(await durations())).toEqual(new Set(['0s']));
    await page.evaluate(() => window.harness.showScene('prose', 'light'));
    await frames();
    expect(new Set(await durations())).not.toContain('0s');
  });
});
