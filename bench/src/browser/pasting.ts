/** A long paste, by the keys that people use. */
import type { Browser } from 'playwright-core';
import type { EditorWindow } from './editor-window.ts';
import { watchText } from './in-page.ts';
import { longestTask, threadOfMark } from './key-timings.ts';
import { traceWhile } from './tracing.ts';

const MARK = 'bench-paste';
/** The last line: it is on the screen because the caret is behind it. */
const LAST = 'the last line of what was pasted';

/** Milliseconds: from the key until the last line was painted, and the longest time that the page answered nobody. */
export async function paste(
  browser: Browser,
  editor: EditorWindow,
  lines: number,
): Promise<{ readonly ms: number; readonly longestTaskMs: number }> {
  const { page } = editor;
  const text = [
    ...Array.from({ length: lines - 1 }, (_, index) => `${index} some words that somebody copied elsewhere, to paste them here`),
    LAST,
  ];
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await editor.goToEnd();
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text.join('\n'));
  await page.evaluate(watchText, LAST);
  let ms = Number.NaN;
  const events = await traceWhile(browser, async () => {
    await page.evaluate((mark) => performance.mark(mark), MARK);
    await page.keyboard.press('Control+v');
    ms = (await editor.whenShown()) - (await page.evaluate(() => window.bench.actedAt));
    await editor.whenPainted();
  });
  return { ms, longestTaskMs: longestTask(events, threadOfMark(events, MARK)) };
}
