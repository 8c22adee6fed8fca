import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
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
    plugins: [preact(), servedFromTheRoot(), editorPreloaded(), compressed()],
    html: { cspNonce: NONCE_PLACEHOLDER },
    worker: { format: 'es' },
    build: {
      minify: true,
      sourcemap: false,
      // The content security policy allows fonts and images from files only.
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: { index: resolve(here, 'src/renderer/index.html'), 'page-keeper': resolve(here, 'src/renderer/page-keeper.ts') },
        // Browsers find a service worker by its address, and ask there for the next one.
        output: { entryFileNames: ({ name }) => (name === 'page-keeper' ? '[name].js' : 'assets/[name]-[hash].js') },
      },
    },
  },
});

/** What main.tsx imports when the page starts. */
const EDITOR_PARTS = ['src/renderer/editor/editor.ts', 'src/renderer/editor/language-of-title.ts'];

/** The page is served at / and at /d/<id>, by the app and by relays alike; electron-vite insists on relative addresses, for file://. */
function servedFromTheRoot(): Plugin {
  return { name: 'weft:served-from-the-root', enforce: 'post', config: (config) => void Object.assign(config, { base: '/' }) };
}

/** The editor is a part of its own, so that the window is there before it; it is fetched beside the window's code, not after it. */
function editorPreloaded(): Plugin {
  return {
    name: 'weft:editor-preloaded',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((part) => part.type === 'chunk');
        const files = new Set<string>();
        const add = (file: string): void => {
          const chunk = chunks.find(({ fileName }) => fileName === file);
          if (chunk === undefined || chunk.isEntry || files.has(file)) return;
          files.add(file);
          for (const imported of chunk.imports) add(imported);
        };
        for (const source of EDITOR_PARTS) {
          const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId === resolve(here, source));
          if (chunk !== undefined) add(chunk.fileName);
          else if (chunks.length > 0) throw new Error(`${source} is no part of its own.`);
        }
        return [...files].map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        }));
      },
    },
  };
}

/** Relays serve the smallest form that a browser takes; made once, here, it costs them nothing. */
function compressed(): Plugin {
  const writeBeside = async (file: string): Promise<void> => {
    const bytes = await readFile(file);
    await writeFile(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  };
  return {
    name: 'weft:compressed',
    async writeBundle({ dir = '' }, bundle) {
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name));
      for (const name of texts) await writeBeside(join(dir, name));
    },
  };
}
