import { resolve } from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { NONCE_PLACEHOLDER } from './src/shared/content-security-policy';

const here = import.meta.dirname;

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: { input: resolve(here, 'src/main/main.ts') },
    },
  },
  preload: {
    build: {
      // A sandboxed preload is one self-contained CommonJS file; the package is ESM, hence the extension.
      externalizeDeps: false,
      rolldownOptions: {
        input: resolve(here, 'src/preload/preload.ts'),
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(here, 'src/renderer'),
    plugins: [preact(), servedFromTheRoot()],
    html: { cspNonce: NONCE_PLACEHOLDER },
    build: {
      minify: true,
      sourcemap: false,
      // The content security policy allows fonts and images from files only.
      assetsInlineLimit: 0,
      rolldownOptions: { input: resolve(here, 'src/renderer/index.html') },
    },
  },
});

/** The page is served at / and at /d/<id>, by the app and by relays alike; electron-vite insists on relative addresses, for file://. */
function servedFromTheRoot(): Plugin {
  return { name: 'weft:served-from-the-root', enforce: 'post', config: (config) => void Object.assign(config, { base: '/' }) };
}
