import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { getChromium } from '../../scripts/get-chromium.mjs';
import { describeWithChromium } from '../support/chromium';
import { until } from '../support/condition';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
let server: Server;
let origin: string;
let profile: string;
let context: BrowserContext;

async function launch(): Promise<void> {
  context = await chromium.launchPersistentContext(profile, { executablePath: await getChromium(), args: FLAGS });
}

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(async () => {
    window.opened = await window.openCopy();
  });
  return page;
}

const textIn = (page: Page) => page.evaluate(() => window.opened.text.toString());
const write = (page: Page, text: string) =>
  page.evaluate(async (added) => {
    window.opened.text.insert(window.opened.text.length, added);
    await window.opened.copy.flush();
  }, text);

/** Chromium writes the id of its process into the name that its profile's lock points to. */
async function kill9(): Promise<void> {
  const pid = Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1));
  const gone = new Promise((done) => context.once('close', done));
  process.kill(pid, 'SIGKILL');
  await gone;
  rmSync(join(profile, 'SingletonLock'), { force: true });
}

await describeWithChromium('the offline copy', () => {
  beforeAll(async () => {
    const input = resolve(import.meta.dirname, 'offline-copy-page/page.ts');
    const lib = { entry: input, formats: ['iife' as const], name: 'page', fileName: 'page' };
    const built = await build({ configFile: false, logLevel: 'silent', build: { write: false, lib } });
    const output = (Array.isArray(built) ? built[0] : built) as { output: { code: string }[] };
    const code = output.output[0]?.code ?? '';
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? code : '<!doctype html><script src="/page.js"></script>');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(async () => {
    profile = mkdtempSync(join(tmpdir(), 'weft-profile-'));
    await launch();
  });
  afterEach(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  afterAll(() => void server.close());

  it('R1 has what it confirmed after the browser is killed', async () => {
    const page = await openPage();
    await write(page, 'confirmed');
    await kill9();
    await launch();
    const again = await openPage();
    expect(await textIn(again)).toBe('confirmed');
    expect(await again.evaluate(() => window.opened.copy.found.unsavedSince)).toBe(42);
  });

  it('R3 loses nothing of two windows that write at once', async () => {
    const [one, two] = [await openPage(), await openPage()];
    const burst = (page: Page, letter: string) =>
      page.evaluate(async (added) => {
        for (let index = 0; index < 200; index++) {
          window.opened.text.insert(0, added);
          if (index % 20 === 0) await window.opened.copy.flush();
        }
        await window.opened.copy.close();
      }, letter);
    await Promise.all([burst(one, 'a'), burst(two, 'b')]);
    const text = await textIn(await openPage());
    expect([...text].sort().join('')).toBe('a'.repeat(200) + 'b'.repeat(200));
  });

  it('R2 says so when the device is full, and writes it once there is room', async () => {
    const devtools = await context.newCDPSession(await context.newPage());
    // Before anything is opened: the browser remembers for a while how much room there was.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 });
    const page = await openPage();
    const failed = await page.evaluate(async () => {
      window.opened.text.insert(0, 'x'.repeat(5_000_000));
      return await window.opened.copy.flush().then(
        () => 'written',
        () => window.opened.copy.health.current,
      );
    });
    expect(failed).toEqual({ state: 'failing', reason: expect.stringContaining('no room') });
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await until('it is written', () => page.evaluate(() => window.opened.copy.health.current.state === 'working'), 15_000);
    expect((await textIn(await openPage())).length).toBe(5_000_000);
  });

  it('R4 replaces in one step, and a window that has the old document writes nothing into the new one', async () => {
    const [one, two] = [await openPage(), await openPage()];
    await write(one, 'old');
    await one.evaluate(async () => {
      const doc = new window.Y.Doc();
      doc.getText('content').insert(0, 'new');
      const kept = { id: 'k', document: window.opened.key.document, title: '', text: 'old', keptAt: 1 };
      await window.opened.copy.replace(window.encode(doc), kept);
    });
    await write(two, 'late');
    expect(await two.evaluate(() => window.opened.copy.health.current.state)).toBe('outdated');
    const again = await openPage();
    expect(await textIn(again)).toBe('new');
    expect(await again.evaluate(() => window.opened.copy.found.keptText?.text)).toBe('old');
  });

  it('R5 leaves no byte of what was forgotten, even when a window still writes', async () => {
    const page = await openPage();
    await write(page, 'secret');
    await page.evaluate(() => window.opened.storage.copies.forget(window.opened.key));
    await write(page, 'more');
    const left = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('weft');
        request.onsuccess = () => done(request.result);
      });
      const counts = ['copies', 'updates', 'unsaved'].map(
        (name) =>
          new Promise<number>((done) => {
            const request = database.transaction(name).objectStore(name).count();
            request.onsuccess = () => done(request.result);
          }),
      );
      return await Promise.all(counts);
    });
    expect(left).toEqual([0, 0, 0]);
  });
});
