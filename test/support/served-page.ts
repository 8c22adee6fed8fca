/** A page with one script, as a browser loads it: built from a file of test/browser, served on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { build } from 'vite';

export interface ServedPage {
  readonly origin: string;
  close(): void;
}

/** @param entry below test/browser. */
export async function servePage(entry: string): Promise<ServedPage> {
  const input = resolve(import.meta.dirname, '../browser', entry);
  const lib = { entry: input, formats: ['iife' as const], name: 'page', fileName: 'page' };
  const built = await build({ configFile: false, logLevel: 'silent', build: { write: false, lib } });
  const output = (Array.isArray(built) ? built[0] : built) as { output: { code: string }[] };
  const code = output.output[0]?.code ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? code : '<!doctype html><script src="/page.js"></script>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
