import { readFileSync } from 'node:fs';
import type { BrowserContext, Request } from 'playwright-core';
import { isLogKept, openLogFile, registerHeaders, registerSecret, registerSecretsIn } from './log-folder';

/** Keeps what the pages of a browser say in their consoles, and registers every secret that they send or are given. */
export function watchBrowser(context: BrowserContext): BrowserContext {
  if (!isLogKept) return context;
  const write = openLogFile('page');
  context.on('console', (message) => write(`${message.type()} ${message.text()} ${message.location().url}\n`));
  context.on('weberror', (error) => write(`error ${error.error().stack ?? error.error().message}\n`));
  context.on('request', (request) => registerRequest(request));
  context.on('response', (response) => {
    const isJson = response.headers()['content-type']?.startsWith('application/json') === true;
    // One that is cut off has no body any more.
    if (isJson && response.request().method() === 'POST') response.text().then(registerSecretsIn, () => undefined);
  });
  return context;
}

/** The key of a relay that keeps its data there; it may not have any yet. */
export function registerRelayKey(data: string): void {
  if (!isLogKept) return;
  try {
    registerSecret(readFileSync(`${data}/relay-key`, 'utf8').trim());
  } catch {
    // A relay without a key.
  }
}

function registerRequest(request: Request): void {
  const headers = request.headers();
  registerHeaders((name) => headers[name]);
  if (headers['content-type']?.startsWith('application/json') === true) registerSecretsIn(request.postData() ?? '');
}
