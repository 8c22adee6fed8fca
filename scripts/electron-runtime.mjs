/**
 * Finds Electron's runtime, or downloads it: the package of Electron holds only the code that fetches it, at first start.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACKAGE = resolve(import.meta.dirname, '../node_modules/electron');

/** A download that grew by nothing for this long is given up. */
const NO_PROGRESS_MS = 20_000;
const LOOK_EVERY_MS = 500;

const PROGRAMS = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

/** @param {string} folder */
export function programIn(folder) {
  return join(folder, process.platform === 'darwin' || process.platform === 'win32' ? PROGRAMS[process.platform] : 'electron');
}

/** The folder of a runtime that is here already: ELECTRON_OVERRIDE_DIST_PATH, else what an earlier start downloaded. */
export function installedRuntime() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (given !== undefined && given !== '') {
    if (existsSync(programIn(given))) return given;
    throw new Error(`ELECTRON_OVERRIDE_DIST_PATH names ${given}, where there is no ${programIn('')}`);
  }
  const downloaded = join(PACKAGE, 'dist');
  return existsSync(programIn(downloaded)) && isWhole(downloaded) ? downloaded : undefined;
}

/**
 * Downloads the runtime with Electron's own installer, which knows ELECTRON_MIRROR and the person's cache.
 * @param {{ noProgressMs?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} the folder it is in
 * @throws {Error} when it cannot be had: one sentence
 */
export async function downloadRuntime({ noProgressMs = NO_PROGRESS_MS, signal } = {}) {
  if (!existsSync(join(PACKAGE, 'install.js'))) throw new Error('the package electron is not installed (npm ci)');
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  // Its temporary files go where their growth can be watched.
  const temporary = mkdtempSync(join(tmpdir(), 'weft-electron-'));
  try {
    await watchedInstall({ temporary, noProgressMs, signal, title: `Downloading Electron ${version} (once, about 120 MB)` });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const installed = installedRuntime();
  if (installed === undefined) throw new Error('the download did not hold a runtime for this system');
  return installed;
}

/** @param {{ temporary: string, noProgressMs: number, signal: AbortSignal | undefined, title: string }} options */
function watchedInstall({ temporary, noProgressMs, signal, title }) {
  const progress = progressLine(title);
  return /** @type {Promise<void>} */ (
    new Promise((resolvePromise, reject) => {
      const child = spawn(process.execPath, [join(PACKAGE, 'install.js')], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary, ELECTRON_GET_NO_PROGRESS: '1' },
        ...(signal === undefined ? {} : { signal }),
      });
      let complaints = '';
      child.stderr.on('data', (chunk) => {
        complaints += chunk;
      });
      let size = 0;
      let grewAt = Date.now();
      let gaveUp = false;
      const watch = setInterval(async () => {
        const now = (await bytesBelow(temporary)) + (await bytesBelow(join(PACKAGE, 'dist')));
        if (now !== size) grewAt = Date.now();
        size = now;
        progress.show(size);
        if (Date.now() - grewAt < noProgressMs) return;
        gaveUp = true;
        child.kill();
      }, LOOK_EVERY_MS);
      child.on('error', reject);
      child.on('close', (code) => {
        clearInterval(watch);
        progress.end();
        if (code === 0) resolvePromise();
        else if (gaveUp) reject(new Error(`the download made no progress for ${noProgressMs / 1000} s`));
        else reject(new Error(reasonIn(complaints)));
      });
    })
  );
}

/**
 * One line that is rewritten on a terminal, and written once elsewhere.
 * @param {string} title
 */
function progressLine(title) {
  const isTerminal = process.stderr.isTTY === true;
  process.stderr.write(isTerminal ? `${title} …` : `${title} …\n`);
  return {
    /** @param {number} bytes */
    show(bytes) {
      if (isTerminal && bytes > 0) process.stderr.write(`\r${title} … ${Math.round(bytes / 1e6)} MB`);
    },
    end() {
      if (isTerminal) process.stderr.write('\n');
    },
  };
}

/**
 * What went wrong, from an installer that prints a stack trace: its innermost cause in one line.
 * @param {string} complaints
 */
function reasonIn(complaints) {
  const cause = /(?:cause\]?: )?(?:\w*Error): ?([^\n]+)/g;
  const found = [...complaints.matchAll(cause)].map((match) => match[1]?.trim() ?? '').filter((text) => text !== '');
  const last = found.at(-1) ?? complaints.split('\n').find((line) => line.trim() !== '') ?? 'the installer gave no reason';
  return last.replace(/ \{$/, '');
}

/**
 * @param {string} folder
 * @returns {Promise<number>}
 */
async function bytesBelow(folder) {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    // Files come and go while the installer works.
    const info = statSync(join(folder, name), { throwIfNoEntry: false });
    if (info?.isFile() === true) bytes += info.size;
  }
  return bytes;
}

/**
 * An unpacking that was cut off leaves no right `version` behind, or no path.txt.
 * @param {string} folder
 */
function isWhole(folder) {
  return existsSync(join(folder, 'version')) && existsSync(join(PACKAGE, 'path.txt'));
}
