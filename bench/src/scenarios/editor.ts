/**
 * The editor under load, in a real browser: opening a document with a long life, writing in a very large one, writing while
 * a hundred cursors move, a long paste. The stock page beside it, where it can do the same.
 */
import { startChromium } from '../browser/chromium.ts';
import { type EditorPlace, EditorWindow } from '../browser/editor-window.ts';
import { openings } from '../browser/openings.ts';
import { paste } from '../browser/pasting.ts';
import { serveStockPage } from '../browser/stock-page-server.ts';
import { type TypingCosts, typingCosts } from '../browser/typing-costs.ts';
import { hasOurEditor } from '../contenders/contender.ts';
import type { Target } from '../generator/commands.ts';
import { historyWords, recordedHistory, writtenText } from '../generator/histories.ts';
import { sleep } from '../generator/waiting.ts';
import { type Figures, type Scenario, type Surroundings, scaled } from './scenario.ts';

const EDITS = 260_000;
const LARGE_CHARACTERS = 10_000_000;
const CURSORS = 100;
const MOVES_PER_SECOND = 10;
const PASTED_LINES = 1_000;
const KEYS = 200;
const SHORT_CHARACTERS = 1_500;
const MIDDLE = 0.5;
/** Of ours one or the other may be out of sight. The stock page drops some when there are many: how many it shows is told. */
const LEAST_CURSORS = { ours: 0.95, stock: 0.3 };
/** Relays that compact later have had the time for it. */
const SETTLE_MS = 6_000;

export const editorUnderLoad: Scenario = {
  id: 'editor',
  contenders: ['y-websocket-server', 'ours'],
  columns: [
    { key: 'cursorsWorkP95', label: 'work per key with cursors, p95', unit: 'ms', digits: 1, isMain: true },
    { key: 'cursorsCpuP95', label: 'of it on a processor', unit: 'ms', digits: 1 },
    { key: 'cursorsPaintedP95', label: 'key to painted, p95', unit: 'ms', digits: 1 },
    { key: 'cursorsFrameP95', label: 'between frames, p95', unit: 'ms', digits: 1 },
    { key: 'cursorsFrameMax', label: 'longest', unit: 'ms', digits: 0 },
    { key: 'cursorsShown', label: 'cursors shown in the end', unit: '%', digits: 0 },
    { key: 'largeWorkP95', label: 'work per key in the large document, p95', unit: 'ms', digits: 1 },
    { key: 'largePaintedP95', label: 'key to painted, p95', unit: 'ms', digits: 1 },
    { key: 'openByAddress', label: 'opening by its address', unit: 'ms', digits: 0 },
    { key: 'openFromList', label: 'from the list', unit: 'ms', digits: 0 },
    { key: 'openPage', label: 'in a new browser', unit: 'ms', digits: 0 },
    { key: 'paste', label: 'pasting', unit: 'ms', digits: 0 },
    { key: 'pasteLongestTask', label: 'longest task of it', unit: 'ms', digits: 0 },
  ],
  bounds: [
    { key: 'cursorsWorkP95', atMost: 8 },
    { key: 'cursorsPaintedP95', atMost: 34 },
    { key: 'openByAddress', atMost: 500 },
    { key: 'openFromList', atMost: 500 },
  ],
  nameOf: ({ id, name }) => (hasOurEditor({ id }) ? `Weft’s editor on ${name}` : `stock page on ${name}`),
  describe: (sizes) =>
    [
      `${scaled(KEYS, sizes)} keys while ${scaled(CURSORS, sizes)} cursors move ${MOVES_PER_SECOND} times a second, all in sight, in the middle of the long document`,
      `the large document has ${(scaled(LARGE_CHARACTERS, sizes) / 1e6).toLocaleString('en')} MB`,
      `the long document, which is also opened, has ${historyWords(scaled(EDITS, sizes))}`,
      `${PASTED_LINES.toLocaleString('en')} lines pasted`,
    ].join('; '),
  seconds: (sizes) => 40 + scaled(KEYS, sizes, 20) / 2.5,
  prepare: serveStockPage,
  run,
};

async function run({ relay, generator, stage, sizes, seed }: Surroundings): Promise<Figures> {
  const target: Target = { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
  const history = await recordedHistory(scaled(EDITS, sizes));
  const large = await writtenText(scaled(LARGE_CHARACTERS, sizes));
  const short = await writtenText(SHORT_CHARACTERS);
  // Edit by edit, as it was written: a relay that has it in one piece would have it easier.
  await generator.ask<'ingest'>({ type: 'ingest', target, document: 'long', ...history, receivedFile: undefined });
  await generator.ask<'fill'>({ type: 'fill', target, documents: ['large'], ...large });
  await generator.ask<'fill'>({ type: 'fill', target, documents: ['short'], ...short });
  await sleep(SETTLE_MS);
  const kind = hasOurEditor(relay.contender) ? 'ours' : 'stock';
  const place: EditorPlace = { kind, relayPort: relay.port, stockOrigin: stage?.origin ?? '' };
  const keys = scaled(KEYS, sizes, 20);
  const browser = await startChromium();
  try {
    const opening = await openings(browser, place, 'long', history.firstText);
    const inLarge = await writeInLargeDocument();
    const amongCursors = await writeAmongCursors();
    const pasting = await pasteInShortDocument();
    return { ...opening, ...inLarge, ...amongCursors, ...pasting };
  } finally {
    await browser.close();
  }

  async function writeInLargeDocument(): Promise<Figures> {
    const editor = await EditorWindow.open(browser, place, 'large', large.firstText);
    await editor.goTo(MIDDLE);
    const costs = await typingCosts(browser, editor, { keys, seed });
    await editor.close();
    return withPrefix('large', costs);
  }

  async function writeAmongCursors(): Promise<Figures> {
    const people = scaled(CURSORS, sizes);
    const editor = await EditorWindow.open(browser, place, 'long', history.firstText);
    const { middle: passage } = history;
    // First: names of others stand among the words of the stock page.
    await editor.goToWords(passage.words);
    await generator.ask<'move'>({ type: 'move', target, document: 'long', people, movesPerSecond: MOVES_PER_SECOND, passage, seed });
    await editor.untilCursorsShow(people, LEAST_CURSORS[kind]);
    const costs = await typingCosts(browser, editor, { keys, seed });
    await editor.untilCursorsShow(people, LEAST_CURSORS[kind]);
    const shown = await editor.cursorsShown();
    await generator.ask<'release'>({ type: 'release' });
    await editor.close();
    return { ...withPrefix('cursors', costs), cursorsShown: (100 * shown) / people };
  }

  async function pasteInShortDocument(): Promise<Figures> {
    const editor = await EditorWindow.open(browser, place, 'short', short.firstText);
    const { ms, longestTaskMs } = await paste(browser, editor, PASTED_LINES);
    await editor.close();
    return { paste: ms, pasteLongestTask: longestTaskMs };
  }
}

function withPrefix(prefix: string, costs: TypingCosts): Figures {
  return Object.fromEntries(Object.entries(costs).map(([key, value]) => [`${prefix}${key[0]?.toUpperCase()}${key.slice(1)}`, value]));
}
