/** How many documents one browser can have open: six connections to a host are all that HTTP/1.1 gives, one carries all of HTTP/2. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeCertificate, tlsFlags } from '../support/certificate';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { endPages, openPerson, untilEqual } from '../support/editor-page';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

const ANY_CERTIFICATE = { ignoreHTTPSErrors: true };

declare global {
  interface Window {
    /** Documents whose stream has begun. */
    begun: number[];
    streams: AbortController[];
  }
}

await describeWithChromium('ten documents in one page', () => {
  let folder: TemporaryFolder;
  let plain: RelayProcess;
  let secure: RelayProcess;
  let browser: Browser;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    browser = await launchChromium();
    plain = await startRelayProcess();
    secure = await startRelayProcess({ flags: tlsFlags(folder.path, makeCertificate()) });
  });
  afterEach(async () => {
    expect(await endPages()).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await endRelays();
    await folder.remove();
  });

  /** A page with nothing of its own on the network. */
  async function pageAt({ address }: RelayProcess): Promise<Page> {
    const page = await (await browser.newContext(ANY_CERTIFICATE)).newPage();
    await page.goto(`${address}/health`);
    await page.evaluate(() => {
      window.begun = [];
      window.streams = Array.from({ length: 10 }, (_, index) => {
        const cut = new AbortController();
        const read = async (): Promise<void> => {
          const { body } = await fetch(`/documents/paper-${index}/stream`, { signal: cut.signal });
          const reader = body?.getReader();
          while ((await reader?.read())?.done === false) if (!window.begun.includes(index)) window.begun.push(index);
        };
        read().catch(() => undefined);
        return cut;
      });
    });
    return page;
  }

  const begun = (page: Page) => page.evaluate(() => window.begun.length);
  const isAnswered = (page: Page, withinMs: number) =>
    page.evaluate(
      (ms) =>
        fetch('/health', { signal: AbortSignal.timeout(ms), cache: 'no-store' }).then(
          (response) => response.text().then(() => response.ok),
          () => false,
        ),
      withinMs,
    );

  it('are all followed over HTTP/2, on one connection, and the eleventh request is answered', async () => {
    const page = await pageAt(secure);
    await until('all have begun', async () => (await begun(page)) === 10);
    expect(await isAnswered(page, 10_000)).toBe(true);
    const protocols = () =>
      page.evaluate(() => performance.getEntriesByType('resource').map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol));
    await until('the answer is measured', async () => (await protocols()).length > 0);
    expect(new Set(await protocols())).toEqual(new Set(['h2']));
    const opened = await page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = new WebSocket(`wss://${location.host}/paper-0`);
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        }),
    );
    expect(opened).toBe(true);
    await page.context().close();
  });

  it('are not over plain HTTP: the seventh waits until one of six goes, and so does everything else', async () => {
    const page = await pageAt(plain);
    await until('six have begun', async () => (await begun(page)) === 6);
    expect(await isAnswered(page, 1_000)).toBe(false);
    expect(await begun(page)).toBe(6);
    await page.evaluate(() => window.streams[window.begun[0] ?? 0]?.abort());
    await until('one more has begun', async () => (await begun(page)) === 7);
    await page.context().close();
  });

  it('two people write together over TLS', async () => {
    const ada = await (await openPerson(browser, `${secure.address}/d/notes`, ANY_CERTIFICATE)).ready();
    const grace = await (await openPerson(browser, `${secure.address}/d/notes`, ANY_CERTIFICATE)).ready();
    await ada.typeAtEnd('Hello from Ada. ');
    await grace.shows('Hello from Ada. ');
    await grace.typeAtEnd('And Grace.');
    expect(await untilEqual(ada, grace)).toBe('Hello from Ada. And Grace.');
  });
});
