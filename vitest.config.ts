import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';
import { hasDisplay } from './scripts/xvfb.mjs';

/** Tests of these start the built relay, page or app; unit tests need no build. */
const needsBuild = { globalSetup: ['test/support/build-once.ts'] };
/** What they test are other processes; their own may run one file after the other, with everything read once. */
const shareProcesses = { isolate: false };
const oneAtATime = { fileParallelism: false };
/** Where nobody sees it each process has a display of its own; on a person's, windows would take the focus from each other. */
const onDisplays = hasDisplay() ? oneAtATime : {};

/** Projects by what they need: each can be run alone, `npm test` runs all but load. */
export default defineConfig({
  plugins: [preact()],
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    setupFiles: ['test/support/watch-secrets.ts'],
    // Most of a test is waiting for a process, a disk or a page. Projects have this from here alone: the command line does not reach them.
    maxWorkers: Number(process.env.WEFT_FILES_AT_ONCE ?? 2),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/unit/**/*.test.{ts,tsx}', 'test/contract/**/*.test.ts', 'test/fuzz/**/*.test.ts'],
        },
      },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...shareProcesses, ...needsBuild } },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, ...shareProcesses, ...needsBuild },
      },
      {
        extends: true,
        test: {
          name: 'electron',
          include: ['test/electron/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 180_000,
          ...onDisplays,
          ...shareProcesses,
          ...needsBuild,
        },
      },
      { extends: true, test: { name: 'load', include: ['test/load/**/*.test.ts'], testTimeout: 600_000, ...oneAtATime, ...needsBuild } },
    ],
  },
});
