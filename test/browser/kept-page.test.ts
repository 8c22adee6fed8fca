/** The editor in a browser whose relay is away: the page itself is kept (page-keeper.ts). */
import { createServer, type Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { type EditorPage, endPages, openPerson, untilEqual } from '../support/editor-page';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';

let browser: Browser;
const KEEPING = { serviceWorkers: 'allow' } as const;

await describeWithChromium('a page that is kept', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  it('opens without its relay, with what is on this device, and goes on when the relay is back', async () => {
    const { relay, ada } = await visit('/d/kept');
    await ada.typeAtEnd('before;');
    await ada.saysTruth('Saved');
    await relay.stop();
    await ada.page.reload();
    await ada.ready();
    await ada.saysConnection(/^Offline/);
    expect(await ada.text()).toBe('before;');
    await ada.typeAtEnd('without a relay;');
    await ada.saysTruth(/^On this device/);
    // A new browser tab, at the beginning.
    await ada.page.goto(`${relay.address}/`);
    await ada.page.getByTestId('new-document').first().waitFor();
    await ada.page.goto(`${relay.address}/d/kept`);
    await ada.ready();
    expect(await ada.text()).toBe('before;without a relay;');
    await relay.startAgain();
    const ben = await (await openPerson(browser, `${relay.address}/d/kept`)).ready();
    expect(await untilEqual(ada, ben)).toBe('before;without a relay;');
  });

  it('makes way for the page that the relay has now, and keeps nothing of the old one (R1, R2)', async () => {
    const { relay, ada } = await visit('/');
    const parts = await keptPaths(ada.page);
    expect(parts).toContain('/');
    expect(parts.filter((path) => path.startsWith('/assets/')).length).toBeGreaterThan(3);
    const page = await (await fetch(relay.address)).text();
    await relay.stop();

    const icon = /\/assets\/icon-[^"]+/.exec(page)?.[0] ?? '';
    const renamed = page.replaceAll(icon, '/assets/renamed.svg');
    await serveInstead(relay, (path) => (path === '/' ? renamed : path === '/assets/renamed.svg' ? '<svg/>' : undefined));
    await ada.page.goto(`${relay.address}/`);
    await expect.poll(() => keptPaths(ada.page)).toEqual(parts.map((path) => (path === icon ? '/assets/renamed.svg' : path)).sort());
  });

  it('never stands for whoever else answers at this address, and keeps nothing of theirs (R1, R2)', async () => {
    const { relay, ada } = await visit('/');
    const parts = await keptPaths(ada.page);
    await relay.stop();
    const end = await serveInstead(relay, () => '<title>Somebody else</title>');
    await ada.page.goto(`${relay.address}/`);
    expect(await ada.page.title()).toBe('Somebody else');
    expect(await keptPaths(ada.page)).toEqual(parts);
    await end();
    await serveInstead(relay, () => undefined, 502);
    await ada.page.goto(`${relay.address}/`);
    await ada.page.getByTestId('new-document').first().waitFor();
  });

  it('does not wait for ever for a relay that does not answer (R1)', async () => {
    const { relay, ada } = await visit('/');
    await relay.stop();
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(Number(new URL(relay.address).port), '127.0.0.1', resolve));
    onTestFinished(async () => {
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    });
    await ada.page.goto(`${relay.address}/`);
    await ada.page.getByTestId('new-document').first().waitFor();
  });
});

/** Somebody's first visit, until the page is kept. */
async function visit(path: string): Promise<{ readonly relay: RelayProcess; readonly ada: EditorPage }> {
  const relay = await startRelayProcess();
  const ada = await openPerson(browser, `${relay.address}${path}`, KEEPING);
  await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await ada.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return { relay, ada };
}

function keptPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => (await (await caches.open('weft-page')).keys()).map(({ url }) => new URL(url).pathname).sort());
}

/** Another server at the address where a relay was. */
async function serveInstead(
  { address }: RelayProcess,
  answer: (path: string) => string | undefined,
  otherwise = 404,
): Promise<() => Promise<void>> {
  const server: Server = createServer((request, response) => {
    const text = answer(request.url ?? '');
    response.writeHead(text === undefined ? otherwise : 200, {
      'Content-Type': request.url?.endsWith('.js') ? 'text/javascript' : 'text/html',
      Connection: 'close',
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(Number(new URL(address).port), '127.0.0.1', resolve));
  const end = () => new Promise<void>((resolve) => void (server.listening ? server.close(() => resolve()) : resolve()));
  onTestFinished(end);
  return end;
}
