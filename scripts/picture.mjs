/** Makes docs/two-people.png: two real windows on one document, at one moment. `node scripts/picture.mjs` */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './ensure-built.mjs';
import { getChromium } from './get-chromium.mjs';

const root = resolve(import.meta.dirname, '..');
const WINDOW = { width: 860, height: 620 };
const MARGIN = 48;

ensureBuilt(['relay', 'app']);
const data = mkdtempSync(join(tmpdir(), 'weft-picture-'));
const relay = spawn(process.execPath, [join(root, 'out/server/main.js'), '--port', '0', '--data', data], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const browser = await chromium.launch({
  executablePath: await getChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--force-device-scale-factor=2'],
});
try {
  const address = await new Promise((done) => relay.stdout.on('data', (text) => done(String(text).trim())));
  const ada = await openWindow(address, { name: 'Ada', color: 0, scheme: 'light' });
  await ada.getByTestId('title-input').click();
  await ada.keyboard.type('Trip to Lisbon.md');
  await ada.locator('.cm-content').click();
  await write(ada, [
    '# Trip to Lisbon',
    '',
    'We leave on **Friday** morning and are back on Tuesday. Who has the tickets?',
    '',
    '## Still open',
    '',
    '1. the train from the airport',
    'a table for six at *Ponto Final*',
    'who brings the good camera',
  ]);
  const grace = await openWindow(await linkToWrite(ada), { name: 'Grace', color: 1, scheme: 'dark' });
  await grace.getByText('who brings the good camera').click();
  await grace.keyboard.press('Control+End');
  for (let line = 0; line < 3; line++) await grace.keyboard.press('Enter');
  await write(grace, ['## Saturday', '', 'The boat leaves at nine, so we should be at the pier by half past eight.']);
  await ada.getByText('half past eight').waitFor();
  await ada.getByText('Who has the tickets?').click();
  await ada.keyboard.press('End');
  await ada.keyboard.press('Shift+Control+ArrowLeft');
  await ada.keyboard.press('Shift+Control+ArrowLeft');
  await grace.keyboard.type(' I can drive.');
  await ada.getByText('I can drive.').waitFor();
  for (const page of [ada, grace]) {
    await page.getByTestId('status-truth').getByText('Saved').waitFor();
    await page.getByText(/59 words/).waitFor();
  }
  // Names show when someone moves.
  await grace.keyboard.press('ArrowLeft');
  await ada.locator('.remote-flag.is-shown').waitFor();
  await grace.keyboard.press('End');
  await ada.waitForFunction(isAtTheEndWithItsName);

  const shots = [await ada.screenshot(), await grace.screenshot()].map((shot) => `data:image/png;base64,${shot.toString('base64')}`);
  const stage = await browser.newPage({ viewport: { width: 2 * WINDOW.width + 3 * MARGIN, height: WINDOW.height + 2 * MARGIN } });
  await stage.setContent(`<style>
    body { margin: 0; padding: ${MARGIN}px; display: flex; gap: ${MARGIN}px; background: linear-gradient(120deg, #dfe3f3, #f0e9e1); }
    img { width: ${WINDOW.width}px; height: ${WINDOW.height}px; border-radius: 12px; box-shadow: 0 18px 50px #1a1c3140, 0 0 0 1px #1a1c3120; }
  </style>${shots.map((shot) => `<img src="${shot}">`).join('')}`);
  await stage.screenshot({ path: join(root, 'docs/two-people.png'), scale: 'css' });
} finally {
  await browser.close();
  relay.kill();
  rmSync(data, { recursive: true, force: true });
}

/**
 * @param {string} address
 * @param {{ name: string, color: number, scheme: 'light' | 'dark' }} person
 */
async function openWindow(address, { name, color, scheme }) {
  const context = await browser.newContext({ viewport: WINDOW, colorScheme: scheme, permissions: ['clipboard-read', 'clipboard-write'] });
  await context.addInitScript((settings) => localStorage.setItem('weft.settings', JSON.stringify(settings)), {
    name,
    color,
    sidebar: scheme === 'light',
  });
  const page = await context.newPage();
  await page.goto(address);
  if (!page.url().includes('/d/')) await page.getByTestId('new-document').first().click();
  await page.locator('.cm-content').waitFor();
  return page;
}

/**
 * What its owner copies for somebody else.
 *
 * @param {import('playwright-core').Page} page
 */
async function linkToWrite(page) {
  await page.getByTestId('share').click();
  await page.getByRole('button', { name: 'Copy link' }).first().click();
  await page.locator('.copy-button', { hasText: 'Copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press('Escape');
  return link;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string[]} lines
 */
async function write(page, lines) {
  await page.keyboard.type(lines.join('\n'));
}

/** In the page: where Grace writes, as Ada sees it. */
function isAtTheEndWithItsName() {
  const range = document.createRange();
  range.selectNodeContents([...document.querySelectorAll('.cm-line')].at(-1) ?? document.body);
  const end = [...range.getClientRects()].at(-1)?.right ?? Number.NaN;
  const isAtTheEnd = [...document.querySelectorAll('.remote-caret')].some(
    (caret) => Math.abs(caret.getBoundingClientRect().left - end) < 3,
  );
  return isAtTheEnd && [...document.querySelectorAll('.remote-flag')].some((flag) => getComputedStyle(flag).opacity === '1');
}
