/**
 * vitest's set-up for every test file: whatever secret leaves or reaches this process by a request of Node is registered, so no
 * test has to think of it. Those of browsers are in chromium.ts and electron.ts, those of HTTP/2 in http2-client.ts.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { isLogKept, registerHeaders, registerSecretsIn } from './log-folder';

/** Set in a process that watches: files that share one all come by here. */
const WATCHES = Symbol.for('weft.watches-secrets');

if (isLogKept && !Object.hasOwn(globalThis, WATCHES)) {
  Object.defineProperty(globalThis, WATCHES, { value: true });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { readonly request: ClientRequest };
    registerHeaders((name) => request.getHeader(name));
  });
  globalThis.fetch = watching(globalThis.fetch);
}

function watching(real: typeof fetch): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    registerHeaders((name) => headers.get(name));
    if (typeof init?.body === 'string') registerSecretsIn(init.body);
    const response = await real(input, init);
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    if (isJson && init?.method === 'POST') response.clone().text().then(registerSecretsIn, ignore);
    return response;
  };
}

/** Whoever asked learns it too. */
function ignore(): void {
  // Nothing to add.
}
