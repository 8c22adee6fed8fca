import { defineConfig } from 'vite';

/** Builds the relay to out/server; packages stay in node_modules. The worker is a file of its own beside main.js. */
export default defineConfig({
  root: import.meta.dirname,
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
