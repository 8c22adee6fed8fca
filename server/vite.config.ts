import { defineConfig } from 'vite';

/**
 * Builds the relay to out/server, with the packages that it uses: finding and reading them one by one would take half of its start.
 * What stays in node_modules is native code, and what a terminal alone needs. The worker is a file of its own beside main.js.
 */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { noExternal: true, external: ['classic-level', 'pino-pretty'] },
  build: {
    ssr: true,
    outDir: '../out/server',
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: { main: 'main.ts', 'compaction-worker': 'rooms/history/compaction-worker.ts' },
      output: { entryFileNames: '[name].js' },
    },
  },
});
