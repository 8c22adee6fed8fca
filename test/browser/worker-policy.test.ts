/** The worker that all tabs share has the policy of its own script: it talks to the relay that it came from, and to nobody else. */

import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { endRelays, startRelayProcess } from '../support/relay-process';

const ASSETS = resolve(import.meta.dirname, '../../out/renderer/assets');
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await endRelays();
});

/** Somebody else on this machine, who would answer anybody. */
async function elsewhere(): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*').end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

await describeWithChromium('the worker of the page', () => {
  it('reaches its relay, and nobody else', async () => {
    const relay = await startRelayProcess();
    const { address, asked } = await elsewhere();
    const script = readdirSync(ASSETS).find((file) => /^feed-worker-.*\.js$/.test(file));
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    // A page without a policy, so that only the script's own can be what refuses.
    await page.goto(`${relay.address}/health`);
    const begun = page.waitForEvent('worker');
    await page.evaluate((url) => void new Worker(url, { type: 'module' }), `/assets/${script}`);
    const worker = await begun;
    const outcome = (url: string): Promise<string> =>
      worker.evaluate(async (to) => {
        try {
          return `status ${(await fetch(to)).status}`;
        } catch {
          return 'refused';
        }
      }, url);
    expect(await outcome(`${relay.address}/health`)).toBe('status 200');
    expect(await outcome(`${address}/secret`)).toBe('refused');
    expect(asked).toEqual([]);
    // It is somebody who answers the page itself, which has no policy here.
    expect(await page.evaluate(async (to) => (await fetch(to)).status, `${address}/page`)).toBe(200);
  });
});
