/**
 * Rows D7 and 56 as a browser sees them: pages of all kinds of origins try every way to a relay on this machine. That they
 * are refused is seen twice: in the page, and in the relay's log.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';

/** Served over TLS nowhere: the browser is handed these pages as if they were. */
const SECURE_EVIL = 'https://evil.example';
const SECURE_GOOD = 'https://good.example';
const FLAGS = [
  // Every name is this machine: foreign sites, and sites that point their own name at the relay.
  '--host-resolver-rules=MAP * 127.0.0.1',
  // The relay is to refuse, also where this browser would have stopped the page before it.
  '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
];
const EMPTY_PAGE = '<!doctype html><title>a page</title>';

let browser: Browser;
let page: Page;
let relay: RelayProcess;
let sites: readonly Server[];
let folder: string;

/** What a page got out of each way to the relay. */
interface Got {
  readonly socket: 'open' | 'refused';
  readonly health: 'read' | 'refused';
  readonly page: 'read' | 'refused';
}

await describeWithChromium('whose pages may use the relay', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-site-'));
    writeFileSync(join(folder, 'page.html'), EMPTY_PAGE);
    sites = await Promise.all([openSite(), openSite()]);
    const good = `http://good.example:${portOf(0)}`;
    relay = await startRelayProcess({ flags: ['--origin', good, '--origin', SECURE_GOOD] });
    browser = await launchChromium(FLAGS);
    page = await browser.newPage();
    await page.route('https://**', (route) => route.fulfill({ contentType: 'text/html', body: EMPTY_PAGE }));
  });
  afterAll(async () => {
    await browser?.close();
    await endRelays();
    for (const site of sites ?? []) site.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const allowed: readonly (readonly [whose: string, origin: () => string])[] = [
    ['the relay’s own', () => relay.address],
    ['one given by --origin', () => `http://good.example:${portOf(0)}`],
    ['one given by --origin, over TLS', () => SECURE_GOOD],
  ];
  it.each(allowed)('%s: every way is open', async (_whose, origin) => {
    await page.goto(`${origin()}/`);
    const before = refusals().length;
    expect(await tryEveryWay(page)).toEqual({ socket: 'open', health: 'read', page: 'read' });
    expect(refusals().slice(before)).toEqual([]);
  });

  it('the relay’s own by another name of this machine uses the relay by that name', async () => {
    await page.goto(`http://localhost:${relay.port}/`);
    const before = refusals().length;
    const got = await tryEveryWay(page, `http://localhost:${relay.port}`);
    expect(got).toEqual({ socket: 'open', health: 'read', page: 'read' });
    expect(refusals().slice(before)).toEqual([]);
  });

  const foreign: readonly (readonly [whose: string, open: () => Promise<Page | Frame>])[] = [
    ['a foreign site', () => goTo(`http://evil.test:${portOf(0)}/`)],
    ['a foreign site over TLS', () => goTo(`${SECURE_EVIL}/`)],
    ['another port of this machine', () => goTo(`http://127.0.0.1:${portOf(0)}/`)],
    ['another port of an allowed site', () => goTo(`http://good.example:${portOf(1)}/`)],
    ['an allowed site by another scheme', () => goTo(`https://good.example:${portOf(0)}/`)],
    ['a site whose name begins with an allowed one', () => goTo(`http://good.example.evil.test:${portOf(0)}/`)],
    ['a site whose name ends with an allowed one', () => goTo(`http://evilgood.example:${portOf(0)}/`)],
    ['a site whose name begins with the relay’s', () => goTo(`http://127.0.0.1.evil.test:${portOf(0)}/`)],
    ['a file', () => goTo(pathToFileURL(join(folder, 'page.html')).href)],
    ['a data: address (null)', () => goTo(`data:text/html,${encodeURIComponent(EMPTY_PAGE)}`)],
    ['a sandboxed frame (null) of an allowed site', sandboxedFrame],
  ];
  it.each(foreign)('%s: every way is closed', async (_whose, open) => {
    const asker = await open();
    const before = refusals().length;
    expect(await tryEveryWay(asker)).toEqual({ socket: 'refused', health: 'refused', page: 'refused' });
    await until('the relay’s log says so', () => refusals().length === before + 4);
    expect(refusals().slice(before).sort()).toEqual([
      'request refused: wrong-origin',
      'request refused: wrong-origin',
      'request refused: wrong-origin',
      'upgrade refused: wrong-origin',
    ]);
  });

  it('a foreign site that points its own name at the relay gets 421, for its page and for every way', async () => {
    const rebound = `http://rebound.evil.test:${relay.port}`;
    const before = refusals().length;
    const answer = await page.goto(`${rebound}/`);
    expect(answer?.status()).toBe(421);
    // To the browser it is the same site now: it may read whatever the relay answers.
    expect(await page.evaluate(async () => (await fetch('/health')).status)).toBe(421);
    const got = await tryEveryWay(page, rebound);
    expect(got.socket).toBe('refused');
    await until('the relay’s log says so', () => refusals().length >= before + 6);
    expect(new Set(refusals().slice(before))).toEqual(new Set(['request refused: wrong-host', 'upgrade refused: wrong-host']));
  });
});

async function goTo(address: string): Promise<Page> {
  await page.goto(address);
  return page;
}

async function sandboxedFrame(): Promise<Frame> {
  await page.goto(`http://good.example:${portOf(0)}/`);
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.sandbox.add('allow-scripts');
    frame.src = '/';
    document.body.append(frame);
  });
  await until('the frame is there', () => page.frames().length === 2 && page.frames()[1]?.url().startsWith('http') === true);
  const frame = page.frames()[1];
  if (frame === undefined) throw new Error('no frame');
  await frame.waitForLoadState();
  return frame;
}

/** From inside a page, as its own script would; one after the other. */
async function tryEveryWay(asker: Page | Frame, address = relay.address): Promise<Got> {
  return await asker.evaluate(async (relayAddress) => {
    const socket = await new Promise<'open' | 'refused'>((resolve) => {
      const opening = new WebSocket(`${relayAddress.replace('http', 'ws')}/whose-pages`, ['weft.v1']);
      opening.onopen = () => {
        opening.close();
        resolve('open');
      };
      opening.onclose = () => resolve('refused');
    });
    const read = async (path: string) =>
      await fetch(`${relayAddress}${path}`).then(
        async (answer) => ((await answer.text()) === '' ? 'refused' : 'read'),
        () => 'refused' as const,
      );
    const [health, front] = [await read('/health'), await read('/')] as const;
    // There is no event stream at this path for anybody: the log tells who was refused, and who was merely answered otherwise.
    await new Promise<void>((resolve) => {
      const stream = new EventSource(`${relayAddress}/health`);
      stream.onerror = () => {
        stream.close();
        resolve();
      };
    });
    return { socket, health, page: front };
  }, address);
}

/** Every refusal in the relay's log, in order. */
function refusals(): string[] {
  const lines = relay.stderr.split('\n').filter((line) => line.includes(' refused"'));
  return lines.map((line) => {
    const { msg, rejection } = JSON.parse(line) as { msg: string; rejection: string };
    return `${msg}: ${rejection}`;
  });
}

async function openSite(): Promise<Server> {
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(EMPTY_PAGE));
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  return site;
}

function portOf(index: 0 | 1): number {
  const site = sites[index];
  if (site === undefined) throw new Error('the site is not open yet');
  return (site.address() as AddressInfo).port;
}
