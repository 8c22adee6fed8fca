/** Clocks of pages begin when their pages do. A trace has one clock for all of them: how far apart they are is read there, once. */
import type { Browser, Page } from 'playwright-core';
import { type TraceEvent, traceWhile } from './tracing.ts';

/** For each page: what to add to its `performance.now()` so that all count from the same moment. Milliseconds. */
export async function alignClocks(browser: Browser, pages: readonly Page[]): Promise<readonly number[]> {
  const events = await traceWhile(browser, async () => {
    for (const [index, page] of pages.entries()) await page.evaluate((name) => performance.mark(name), nameOf(index));
  });
  return pages.map((_, index) => offsetOf(events, nameOf(index)));
}

/** (pure) */
export function offsetOf(events: readonly TraceEvent[], mark: string): number {
  const event = events.find(({ name, ph }) => name === mark && ph === 'I');
  const startTime = event?.args.data?.startTime;
  if (event === undefined || typeof startTime !== 'number') throw new Error(`the trace has no mark ${mark}`);
  return event.ts / 1000 - startTime;
}

function nameOf(index: number): string {
  return `bench-clock-${index}`;
}
