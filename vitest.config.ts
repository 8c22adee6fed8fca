import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';

/** Projects by what they need; `npm test` runs all but load, each project can be run alone. */
export default defineConfig({
  plugins: [preact()],
  test: {
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/unit/**/*.test.{ts,tsx}', 'test/contract/**/*.test.ts', 'test/fuzz/**/*.test.ts'],
        },
      },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000 } },
      {
        extends: true,
        test: {
          name: 'electron',
          include: ['test/electron/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 180_000,
        },
      },
      { extends: true, test: { name: 'load', include: ['test/load/**/*.test.ts'], fileParallelism: false, testTimeout: 600_000 } },
    ],
  },
});
