#!/usr/bin/env node
/**
 * Stands between Playwright and Electron (`WEFT_ELECTRON` names the program) and passes everything on, but two lines later. Playwright
 * goes to work as soon as it has read where both debuggers listen; what it meets half done it waits for in vain, and without end: a
 * Node that is still starting, a page that is there but has not begun to load. Here it reads them once the first page has loaded.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const DEBUGGER = /^(Debugger|DevTools) listening on ws:\/\/([^/]+)/;
const LOOK_EVERY_MS = 25;
/** For the last lines of a process whose children still hold its stderr. */
const LAST_LINES_MS = 200;

const child = spawn(process.env.WEFT_ELECTRON ?? '', process.argv.slice(2), { stdio: ['inherit', 'inherit', 'pipe'] });
/** @type {string[]} */
const held = [];
createInterface({ input: child.stderr }).on('line', (line) => {
  const [, who, address] = DEBUGGER.exec(line) ?? [];
  if (who === undefined) process.stderr.write(`${line}\n`);
  else held.push(line);
  if (who === 'DevTools') void whenLoaded(`http://${address}/json/list`, passOn);
});
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.once('exit', (code) => {
  const end = () => process.exit(code ?? 1);
  child.once('close', end);
  setTimeout(end, LAST_LINES_MS);
});

function passOn() {
  for (const line of held) process.stderr.write(`${line}\n`);
}

/**
 * @param {string} list where Chromium says which pages it has; only one that has loaded has a title
 * @param {() => void} then
 */
async function whenLoaded(list, then) {
  const targets = await fetch(list).then(
    (answer) => /** @type {Promise<{ type: string, title: string }[]>} */ (answer.json()),
    () => [],
  );
  const pages = targets.filter(({ type }) => type === 'page');
  if (pages.length > 0 && pages.every(({ title }) => title !== '')) then();
  else setTimeout(whenLoaded, LOOK_EVERY_MS, list, then);
}
