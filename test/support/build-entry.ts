import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';

/** Node 20 runs no TypeScript: builds one file that a test starts as a process. Beside node_modules, so that packages are found. */
export async function buildEntry(entry: string): Promise<{ readonly script: string; readonly remove: () => Promise<void> }> {
  const root = resolve(import.meta.dirname, '../..');
  mkdirSync(join(root, 'out'), { recursive: true });
  const outDir = await mkdtemp(join(root, 'out', 'test-'));
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(root, entry),
      outDir,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'entry.mjs' } },
    },
  });
  return { script: join(outDir, 'entry.mjs'), remove: () => rm(outDir, { recursive: true, force: true }) };
}
