/**
 * What two people see: a key in one page of a real browser until its letter is painted in the other's.
 *
 * Three pairs take turns: the page that people build today (CodeMirror's basic set-up, y-codemirror.next, y-websocket's
 * provider, as they come) on the reference server and on our relay, and our editor on our relay. The first two say what
 * the relay gives, the last two what the editor does.
 */

import { startChromium } from '../browser/chromium.ts';
import { type EditorPlace, EditorWindow } from '../browser/editor-window.ts';
import { watchDigits } from '../browser/in-page.ts';
import { alignClocks } from '../browser/page-clock.ts';
import { serveStockPage } from '../browser/stock-page-server.ts';
import { type Contender, hasOurEditor } from '../contenders/contender.ts';
import { writtenText } from '../generator/histories.ts';
import { randomFrom } from '../generator/random.ts';
import { until } from '../generator/waiting.ts';
import { percentile } from '../measure/statistics.ts';
import { type Figures, type Scenario, type Surroundings, scaled } from './scenario.ts';

const KEYS = 200;
const KEY_EVERY_MS = 130;
const CHARACTERS = 1_500;
const DOCUMENT = 'screen';
const WARM_UP_KEYS = 20;
const ARRIVE_MS = 10_000;

export const screen: Scenario = {
  id: 'screen',
  contenders: ['y-websocket-server', 'ours-stock-page', 'ours'],
  columns: [
    { key: 'paintedP50', label: 'key to painted at the other, p50', unit: 'ms', digits: 1, isMain: true },
    { key: 'paintedP95', label: 'p95', unit: 'ms', digits: 1 },
    { key: 'arrivedP50', label: 'key to the other page, p50', unit: 'ms', digits: 1 },
    { key: 'arrivedP95', label: 'p95', unit: 'ms', digits: 1 },
    { key: 'ownP50', label: 'key to painted in the own page, p50', unit: 'ms', digits: 1 },
    { key: 'keys', label: 'keys', unit: 'each seen', digits: 0 },
  ],
  bounds: [],
  nameOf: ({ id, name }: Contender) => (hasOurEditor({ id }) ? `Weft’s editor on ${name}` : `stock page on ${name}`),
  describe: (sizes) =>
    `two pages of one Chromium, ${scaled(KEYS, sizes)} keys, one every ${KEY_EVERY_MS} ms or so; stock page: CodeMirror 6 basicSetup, y-codemirror.next 0.3.6, y-websocket 3.1.0`,
  seconds: (sizes) => 8 + (scaled(KEYS, sizes, 20) * KEY_EVERY_MS) / 1000,
  prepare: serveStockPage,
  run,
};

async function run({ relay, generator, stage, sizes, seed }: Surroundings): Promise<Figures> {
  const target = { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
  const { updateFile, firstText, lastText } = await writtenText(CHARACTERS);
  await generator.ask<'fill'>({ type: 'fill', target, documents: [DOCUMENT], updateFile, lastText });
  const browser = await startChromium();
  try {
    const place: EditorPlace = {
      kind: hasOurEditor(relay.contender) ? 'ours' : 'stock',
      relayPort: relay.port,
      stockOrigin: stage?.origin ?? '',
    };
    const writer = await EditorWindow.open(browser, place, DOCUMENT, firstText);
    const reader = await EditorWindow.open(browser, place, DOCUMENT, firstText);
    const [writerClock = 0, readerClock = 0] = await alignClocks(browser, [writer.page, reader.page]);
    for (const { page } of [writer, reader]) await page.evaluate(watchDigits);
    const count = WARM_UP_KEYS + scaled(KEYS, sizes, 20);
    const keys = Array.from({ length: count }, (_, index) => String(index % 10));
    await reader.goToEnd();
    await writer.goToEnd();
    await writer.type(keys, KEY_EVERY_MS, randomFrom(seed));
    const notes = await notesOf(writer, reader, keys);
    const between = (at: (index: number) => number) =>
      notes.pressed.map((pressed, index) => at(index) - pressed - writerClock).slice(WARM_UP_KEYS);
    const painted = between((index) => (notes.read[index]?.paintedAt ?? Number.NaN) + readerClock);
    const arrived = between((index) => (notes.read[index]?.arrivedAt ?? Number.NaN) + readerClock);
    const own = between((index) => (notes.own[index]?.paintedAt ?? Number.NaN) + writerClock);
    return {
      paintedP50: percentile(painted, 50),
      paintedP95: percentile(painted, 95),
      arrivedP50: percentile(arrived, 50),
      arrivedP95: percentile(arrived, 95),
      ownP50: percentile(own, 50),
      keys: painted.length,
    };
  } finally {
    await browser.close();
  }
}

/** @throws when a key is missing on either screen, or another one is there. */
async function notesOf(writer: EditorWindow, reader: EditorWindow, keys: readonly string[]) {
  const seen = ({ page }: EditorWindow) => page.evaluate(() => window.bench.seen.filter(Boolean).length);
  const arrived = await until(async () => (await seen(writer)) >= keys.length && (await seen(reader)) >= keys.length, ARRIVE_MS);
  if (!arrived) throw new Error(`of ${keys.length} keys ${await seen(writer)} were painted here and ${await seen(reader)} there`);
  for (const { page } of [writer, reader]) {
    const digits = await page.evaluate(() => document.querySelector('.cm-content')?.textContent?.replace(/\D/g, ''));
    if (digits !== keys.join('')) throw new Error('a page shows other keys than were pressed');
  }
  const { pressed, seen: own } = await writer.page.evaluate(() => window.bench);
  return { pressed, own, read: await reader.page.evaluate(() => window.bench.seen) };
}
