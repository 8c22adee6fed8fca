/**
 * The editor alone, or the whole window around a played session, in a page of a real browser: built once per test file, under
 * the same policy as the app's own page.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import preact from '@preact/preset-vite';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { contentSecurityPolicy } from '../../src/shared/content-security-policy';
import { launchChromium } from './chromium';

const NONCE = 'harness';
const KINDS: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** A page with the harness, and what its console complained about: also every breach of the content security policy. */
export interface HarnessPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

export class HarnessBrowser {
  readonly #folder: string;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(folder: string, server: Server, browser: Browser) {
    this.#folder = folder;
    this.#server = server;
    this.#browser = browser;
  }

  static async open(harness: 'editor-harness' | 'shell-harness' | 'share-harness' = 'editor-harness'): Promise<HarnessBrowser> {
    const folder = mkdtempSync(join(tmpdir(), `weft-${harness}-`));
    await build({
      configFile: false,
      logLevel: 'warn',
      plugins: [preact()],
      root: resolve(import.meta.dirname, '../browser', harness),
      html: { cspNonce: NONCE },
      build: { outDir: folder, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    const server = serve(folder);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    // Scroll bars can be dragged here.
    return new HarnessBrowser(folder, server, await launchChromium([], ['--hide-scrollbars']));
  }

  async openPage(options: BrowserContextOptions = {}): Promise<HarnessPage> {
    const problems: string[] = [];
    const page = await this.#browser.newPage({ viewport: { width: 1000, height: 640 }, ...options });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && problems.push(message.text()));
    await page.goto(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'harness' in window || 'shellHarness' in window);
    return { page, problems };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function serve(folder: string): Server {
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://harness').pathname;
    const file = resolve(folder, `.${path === '/' ? '/index.html' : path}`);
    try {
      const body = readFileSync(file);
      response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream');
      response.setHeader('content-security-policy', contentSecurityPolicy({ nonce: NONCE, page: 'relay' }));
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
}
