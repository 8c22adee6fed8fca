/** What Chromium itself writes down about its threads while something happens: all processes on one clock. */
import type { Browser } from 'playwright-core';

/** Of the trace event format. Microseconds; what an event does not have is missing. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** CPU time of the thread within `dur`. */
  readonly tdur?: number;
  readonly id?: string;
  readonly args: { readonly data?: Readonly<Record<string, unknown>>; readonly name?: string };
}

/** Few: what is written down costs time too. Tasks and commits; input and how long until it was painted; marks of pages. */
const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', 'blink.user_timing'];
const BUFFER_KILOBYTES = 512 * 1024;

/** When `happens` throws, the browser is of no more use. @throws when Chromium had to throw events away: what is left would say less. */
export async function traceWhile(browser: Browser, happens: () => Promise<void>): Promise<readonly TraceEvent[]> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { recordMode: 'recordUntilFull', traceBufferSizeInKb: BUFFER_KILOBYTES, includedCategories: CATEGORIES },
  });
  await happens();
  const complete = new Promise<{ dataLossOccurred: boolean }>((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  const { dataLossOccurred } = await complete;
  await session.detach();
  if (dataLossOccurred) throw new Error('Chromium lost a part of its trace');
  return events;
}
