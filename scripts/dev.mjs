/** `npm run dev`: the desktop app on electron-vite's server, which reloads what changes. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { findDesktop } from './desktop.mjs';
import { ensureBuilt } from './ensure-built.mjs';

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const isUnsandboxed = words.includes('--no-sandbox');

try {
  ensureBuilt(['relay']);
  const desktop = await findDesktop({ isUnsandboxed });
  if (desktop.type === 'obstacle') throw new Error(desktop.sentence);
  const args = ['dev', ...(isUnsandboxed ? ['--noSandbox'] : []), ...words.filter((word) => word !== '--no-sandbox')];
  const child = spawn(process.execPath, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
    // electron-vite does not know that the runtime is fetched at first start.
    env: { ...process.env, ELECTRON_EXEC_PATH: desktop.program },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.on('close', (code) => {
    process.exitCode = code ?? 0;
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
