/**
 * `npm start [-- flags]`: builds what is missing, then opens the desktop app; where that cannot be, says why in one
 * sentence and serves the same editor to the browser.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { findDesktop } from './desktop.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { hasDisplay } from './xvfb.mjs';

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);

const RELAY_PORT = 4321;
/** An app that ends this soon, and not well, has not opened. Milliseconds. */
const OPENS_WITHIN_MS = 15_000;

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
const interrupted = new AbortController();
try {
  await start();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function start() {
  ensureBuilt(['relay', 'app']);
  // Not before: a build holds this process, and a signal that it catches then would do nothing for a while.
  endWithSignals();
  const desktop = await findDesktop({ isUnsandboxed: words.includes('--no-sandbox'), signal: interrupted.signal });
  if (interrupted.signal.aborted) return;
  if (desktop.type === 'obstacle') {
    say(desktop.sentence);
    await serveBrowser();
    return;
  }
  const startedAt = Date.now();
  const { code, signal } = await openApp(desktop.program);
  if (interrupted.signal.aborted || code === 0) return;
  if (Date.now() - startedAt > OPENS_WITHIN_MS) {
    process.exitCode = code ?? 1;
    return;
  }
  say(
    `The desktop app ended at once (${signal ?? `exit code ${code}`}), the lines above say why: it needs a display that answers, and Linux's sandbox or \`npm start -- --no-sandbox\`.`,
  );
  await serveBrowser();
}

/** @param {string} program */
function openApp(program) {
  const flags = words.filter((word) => word.startsWith('-'));
  const others = words.filter((word) => !word.startsWith('-'));
  // Electron's own switches come before the app's folder.
  return run(program, [...flags, root, ...others], { ...process.env, ELECTRON_RUN_AS_NODE: undefined });
}

async function serveBrowser() {
  const port = (await isFree(RELAY_PORT)) ? [] : ['--port', '0'];
  const { code } = await run(process.execPath, [join(root, 'out/server/main.js'), '--log', 'warn', ...port], process.env, showAddress);
  process.exitCode = interrupted.signal.aborted ? 0 : (code ?? 1);
}

/** @param {string} address */
function showAddress(address) {
  say(`The same editor is in the browser, at ${address} (Ctrl-C ends it).`);
  if (!hasDisplay()) return;
  const [program, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', '""'] : ['xdg-open'];
  const opener = spawn(/** @type {string} */ (program), [...args, address], { stdio: 'ignore', detached: true });
  // Nothing opens it: the address is printed.
  opener.on('error', () => opener.unref());
  opener.unref();
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {(address: string) => void} [onAddress] the first address that the program prints
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function run(program, args, env, onAddress) {
  return new Promise((resolvePromise, reject) => {
    // In a group of its own: a terminal's Ctrl-C would reach it beside ours, and a second one ends it before all is written.
    const stdio = /** @type {const} */ (['ignore', onAddress === undefined ? 'inherit' : 'pipe', 'inherit']);
    const started = spawn(program, args, { cwd: root, env, stdio: [...stdio], detached: process.platform !== 'win32' });
    child = started;
    let output = '';
    started.stdout?.on('data', (chunk) => {
      process.stdout.write(chunk);
      if (onAddress === undefined) return;
      output += chunk;
      const address = /https?:\/\/\S+(?=\s)/.exec(output)?.[0];
      if (address === undefined) return;
      onAddress(address);
      onAddress = undefined;
    });
    started.on('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    started.on('close', (code, signal) => resolvePromise({ code, signal }));
  });
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolvePromise) => {
    const probe = createServer();
    probe.once('error', () => resolvePromise(false));
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolvePromise(true)));
  });
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

function endWithSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      interrupted.abort();
      child?.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    });
  }
}
