/** Builds the stock page with the product's own builder, and serves it on this machine. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';

export interface StockPage {
  readonly origin: string;
  end(): Promise<void>;
}

const SOURCE = join(import.meta.dirname, 'stock-page');
const KINDS: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

export async function serveStockPage(): Promise<StockPage> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-bench-stock-page-'));
  await build({ configFile: false, logLevel: 'warn', root: SOURCE, build: { outDir: folder, emptyOutDir: true } });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stock');
    // Only names that a build makes: nothing outside of the folder has one.
    const file = pathname === '/' ? 'index.html' : (/^\/(assets\/[\w-]+\.js)$/.exec(pathname)?.[1] ?? 'missing');
    readFile(join(folder, file)).then(
      (body) => response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream').end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
