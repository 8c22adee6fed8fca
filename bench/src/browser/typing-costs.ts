/** A person types into a page: what each key costs (from a trace), and how evenly frames come (without one). */
import type { Browser } from 'playwright-core';
import { randomFrom } from '../generator/random.ts';
import { percentile } from '../measure/statistics.ts';
import type { EditorWindow } from './editor-window.ts';
import { watchFrames } from './in-page.ts';
import { keyTimings, threadOfMark } from './key-timings.ts';
import { traceWhile } from './tracing.ts';

/** Milliseconds. */
export interface TypingCosts {
  readonly workP50: number;
  readonly workP95: number;
  readonly cpuP95: number;
  readonly paintedP50: number;
  readonly paintedP95: number;
  readonly frameP50: number;
  readonly frameP95: number;
  readonly frameMax: number;
}

const KEY_EVERY_MS = 130;
const WARM_UP_KEYS = 10;
/** Of the keys, so many are typed once more while frames are watched. */
const FRAMES_PART = 0.3;
const MARK = 'bench-typing';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export async function typingCosts(
  browser: Browser,
  editor: EditorWindow,
  { keys, seed }: { readonly keys: number; readonly seed: number },
): Promise<TypingCosts> {
  const random = randomFrom(seed);
  const letters = (count: number) => Array.from({ length: count }, () => LETTERS[Math.floor(random() * LETTERS.length)] as string);
  await editor.type(letters(WARM_UP_KEYS), KEY_EVERY_MS, random);
  const events = await traceWhile(browser, async () => {
    await editor.page.evaluate((mark) => performance.mark(mark), MARK);
    await editor.type(letters(keys), KEY_EVERY_MS, random);
    await editor.whenPainted();
  });
  const timings = keyTimings(events, threadOfMark(events, MARK));
  if (timings.length < keys) throw new Error(`of ${keys} keys ${timings.length} are in the trace`);
  const frameKeys = Math.round(keys * FRAMES_PART);
  const [frames] = await Promise.all([
    editor.page.evaluate(watchFrames, frameKeys * KEY_EVERY_MS).then(() => editor.page.evaluate(() => window.bench.frames)),
    editor.type(letters(frameKeys), KEY_EVERY_MS, random),
  ]);
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] as number));
  const work = timings.map(({ workMs }) => workMs);
  const painted = timings.map(({ paintedMs }) => paintedMs);
  return {
    workP50: percentile(work, 50),
    workP95: percentile(work, 95),
    cpuP95: percentile(
      timings.map(({ cpuMs }) => cpuMs),
      95,
    ),
    paintedP50: percentile(painted, 50),
    paintedP95: percentile(painted, 95),
    frameP50: percentile(gaps, 50),
    frameP95: percentile(gaps, 95),
    frameMax: Math.max(...gaps),
  };
}
