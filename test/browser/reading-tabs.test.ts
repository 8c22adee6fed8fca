import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, openTab } from '../support/editor-page';
import { GuardedRelay } from '../support/guarded-relay';
import { endRelays } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { UpgradeProxy } from '../support/upgrade-proxy';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
});

afterEach(async () => {
  endStockClients();
  const problems = await endPages();
  await endRelays();
  expect(problems).toEqual([]);
});

/** A document, whoever owns it as an unchanged client, and what a viewer opens. */
async function shared(relay: GuardedRelay, origin: string) {
  const made = await relay.create();
  const { secret } = await relay.link(made, { role: 'viewer' });
  const protocols = ['weft.plain', `weft.secret.${made.secret}`];
  const owner = await new StockClient(relay.process.webSocketAddress, made.document, { name: 'Ada', protocols }).synced();
  return { owner, address: `${origin}/d/${made.document}#${secret}` };
}

await describeWithChromium('somebody who only reads, over plain HTTP/1.1', () => {
  it('has ten documents in ten tabs, and all get every edit, over one stream and no WebSocket', async () => {
    const relay = await GuardedRelay.start();
    const proxy = await UpgradeProxy.start(relay.process.address, 'pass');
    onTestFinished(() => proxy.stop());
    const documents = await Promise.all(Array.from({ length: 10 }, () => shared(relay, proxy.address)));
    const tabs: EditorPage[] = [];
    for (const { owner, address } of documents) {
      owner.type(`Document ${tabs.length}.`);
      tabs.push(await (tabs[0] === undefined ? openPerson(browser, address) : openTab(tabs[0].context, address)));
    }
    for (const [index, tab] of tabs.entries()) await tab.shows(`Document ${index}.`, 20_000);
    await until('all are seen reading', () => documents.every(({ owner }) => owner.people.length === 2));
    for (let round = 0; round < 5; round++) for (const { owner } of documents) owner.type(` ${round}`);
    for (const [index, tab] of tabs.entries()) await tab.shows(`Document ${index}. 0 1 2 3 4`, 20_000);
    expect([proxy.streams, proxy.upgrades]).toEqual([1, 0]);
    await Promise.all(tabs.slice(1).map((tab) => tab.page.close()));
    await until('one is left', () => documents.filter(({ owner }) => owner.people.length === 2).length === 1, 3_000);
    documents[0]?.owner.type(' and on');
    await tabs[0]?.shows('Document 0. 0 1 2 3 4 and on');
  }, 120_000);

  it('has one document in two tabs, which both show everything', async () => {
    const relay = await GuardedRelay.start();
    const { owner, address } = await shared(relay, relay.process.address);
    owner.type('Hello');
    const first = await openPerson(browser, address);
    await first.shows('Hello');
    const second = await openTab(first.context, address);
    await second.shows('Hello');
    owner.type(', readers');
    await Promise.all([first.shows('Hello, readers'), second.shows('Hello, readers')]);
    await first.page.close();
    owner.type('!');
    await second.shows('Hello, readers!');
  });
});
