/** What it costs to draw the others, by counts: they hold on a busy machine too. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

const PEOPLE = 40;
/** Longer than anybody who stands still is measured for. */
const QUIET_MS = 400;
let page: Page;

const LINES = Array.from({ length: 60 }, (_, line) => `line${line} ${'some words of it '.repeat(1 + (line % 3) * 6)}`);
const frames = () => page.evaluate(() => window.harness.nextFrames());
const carets = () => page.locator('.remote-caret:visible').count();

async function begin(people = PEOPLE): Promise<void> {
  await page.evaluate((text) => window.harness.fill(text), LINES.join('\n'));
  await page.evaluate((count) => window.harness.addPeople(count), people);
  await page.evaluate(() => window.harness.focus());
  await expect.poll(carets).toBe(people);
  await page.waitForTimeout(QUIET_MS);
}

await describeWithChromium('many others', () => {
  useEditorPage((opened) => {
    page = opened;
  });

  it('are measured once in a frame, however often they moved before it (remote-cursors R1)', async () => {
    await begin();
    const rounds = 10;
    const measured = await page.evaluate(async (count) => {
      const { harness } = window;
      const everyone = harness.everyone();
      harness.countMeasured();
      for (let round = 0; round < count; round++) {
        for (const id of everyone) harness.movePerson(id, 10 + 3 * round);
        // Whoever comes is told at once, and with them where all others are.
        harness.addPerson(`Newcomer ${round}`, 20 + round, 20 + round);
      }
      await harness.nextFrames();
      return harness.countMeasured();
    }, rounds);
    // Each of them, and my own caret in each of four frames.
    expect(measured).toBeGreaterThanOrEqual(PEOPLE + rounds);
    expect(measured).toBeLessThanOrEqual(PEOPLE + rounds + 4 * 2);
  });

  it('cost nothing out of sight, but for their place (R4)', async () => {
    await begin(PEOPLE);
    const far = 'far away\n'.repeat(2000);
    await page.evaluate((words) => window.harness.remoteInsert(0, words), far);
    await page.evaluate(() => window.harness.placeCaret(0));
    await page.evaluate(() => window.harness.scrollTo('far'));
    await expect.poll(carets).toBe(0);
    await page.waitForTimeout(QUIET_MS);
    const { written, measured } = await page.evaluate(async (offset) => {
      const { harness } = window;
      harness.countMeasured();
      let written = 0;
      const observer = new MutationObserver((records) => {
        written += records.length;
      });
      for (const layer of document.querySelectorAll('.remote-cursors, .remote-selections'))
        observer.observe(layer, { subtree: true, childList: true, attributes: true });
      for (let round = 0; round < 5; round++) {
        for (const id of harness.everyone()) harness.movePerson(id, offset + 10 + 3 * round);
        await harness.nextFrames();
      }
      observer.disconnect();
      return { written, measured: harness.countMeasured() };
    }, far.length);
    expect(written).toBe(0);
    // My own caret, once for each frame in which they are looked up.
    expect(measured).toBeLessThanOrEqual(5 * 4 * 2);
    // They are still known.
    await page.evaluate(() => window.harness.scrollTo('line0'));
    await expect.poll(carets).toBe(PEOPLE);
  });

  it('show no names by moving where they are many, and the name of whom one points at (cursor-frame R2)', async () => {
    await begin();
    const shown = () => page.locator('.remote-flag.is-shown').allTextContents();
    await page.evaluate(() => window.harness.moveEveryone({ rounds: 2, everyMilliseconds: 50 }));
    await frames();
    expect(await shown()).toEqual([]);
    // What is not shown is no part of the page that is gone over with every paint.
    expect(await page.locator('.remote-flag').evaluateAll((flags) => flags.filter((flag) => flag.getClientRects().length > 0).length)).toBe(
      0,
    );
    const id = await page.evaluate(() =>
      window.harness.addPerson('Whom I look for', window.harness.positionOf('line6 '), window.harness.positionOf('line6 ')),
    );
    await expect.poll(carets).toBe(PEOPLE + 1);
    const caret = await page.locator('.remote-caret').last().boundingBox();
    await page.mouse.move((caret?.x ?? 0) + 1, (caret?.y ?? 0) + 8);
    await expect.poll(shown).toEqual(['Whom I look for']);
    await page.mouse.move(5, 5);
    await expect.poll(shown).toEqual([]);
    await page.evaluate((person) => window.harness.follow(person), id);
    await expect.poll(shown).toEqual(['Whom I look for']);
  });

  it.each([1, PEOPLE])('say a long name inside of the window from the first frame on, among %i (flag-placement)', async (people) => {
    await page.setViewportSize({ width: 500, height: 700 });
    await begin(people);
    const right = await page.evaluate(() => window.harness.rightmostIn('line8 '));
    const id = await page.evaluate((at) => window.harness.addPerson('Somebody whose name is long', at, at), right);
    await page.evaluate((person) => window.harness.follow(person), id);
    const flag = page.locator('.remote-flag.is-shown', { hasText: 'Somebody' });
    await flag.waitFor();
    const scroller = await page.locator('.cm-scroller').boundingBox();
    const box = await flag.boundingBox();
    if (scroller === null || box === null) throw new Error('nothing is drawn');
    expect(box.width).toBeGreaterThan(100);
    expect(box.x + box.width).toBeLessThanOrEqual(scroller.x + scroller.width);
  });

  const ranges: readonly (readonly [what: string, from: string, to: string])[] = [
    ['in one row', 'line2 some', 'line2 some words'],
    ['over the break of a row', 'line5 some', `line5 ${'some words of it '.repeat(9)}`],
    ['over several rows', 'line5 some', LINES[5] ?? ''],
    ['over two lines', 'line0 some', 'line1 some'],
    ['over many lines', 'line3 some', 'line9 some words'],
    ['to the beginning of a line', 'line3 some', `${LINES[3]}\n`],
  ];
  it.each(ranges)('have the same boxes as my own selection %s (span-geometry)', async (_what, from, to) => {
    await page.evaluate((text) => window.harness.fill(text), LINES.join('\n'));
    const [anchor, head] = await page.evaluate(
      ([start, end]) => {
        const { harness } = window;
        return [harness.positionOf(start) + 6, harness.positionOf(end) + end.length] as const;
      },
      [from, to] as const,
    );
    await page.evaluate(([one, other]) => window.harness.addPerson('Selector', one, other), [anchor, head] as const);
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(([one, other]) => window.harness.selectRange(one, other), [anchor, head] as const);
    const boxes = (selector: string) =>
      page.locator(selector).evaluateAll((elements) =>
        elements
          .map((element) => element.getBoundingClientRect())
          .filter(({ width }) => width > 0.5)
          .map(({ left, top, right, bottom }) => [left, top, right, bottom].map(Math.round))
          .sort((one, other) => (one[1] ?? 0) - (other[1] ?? 0)),
      );
    await expect.poll(() => boxes('.remote-selection').then((found) => found.length)).toBeGreaterThan(0);
    await expect.poll(() => boxes('.cm-selectionBackground').then((found) => found.length)).toBeGreaterThan(0);
    await frames();
    expect(await boxes('.remote-selection')).toEqual(await boxes('.cm-selectionBackground'));
  });

  it('leave my caret blinking without an animation, and there while I write (caret-blink R1, R2)', async () => {
    await begin(1);
    const visibility = () => page.locator('.cm-cursorLayer').evaluate((layer) => getComputedStyle(layer).visibility);
    // It is hidden for half of the time: until it is seen so.
    await page.waitForFunction(() => getComputedStyle(document.querySelector('.cm-cursorLayer') as Element).visibility === 'hidden');
    const whileWriting = await page.evaluate(() => {
      window.harness.insertByProgram('x', true);
      return getComputedStyle(document.querySelector('.cm-cursorLayer') as Element).visibility;
    });
    expect(whileWriting).toBe('visible');
    const running = await page.evaluate(() =>
      document.getAnimations().map((animation) => `${(animation as CSSAnimation).animationName} ${animation.playState}`),
    );
    expect(running.filter((name) => name.startsWith('cm-'))).toEqual([]);
    await page.waitForFunction(() => getComputedStyle(document.querySelector('.cm-cursorLayer') as Element).visibility === 'hidden');
    // Whoever leaves and comes back finds it.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await expect.poll(visibility).toBe('visible');
  });
});
