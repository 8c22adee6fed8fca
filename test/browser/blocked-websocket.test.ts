import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, openTab, untilEqual } from '../support/editor-page';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { BLOCKING_RULES, UpgradeProxy, type UpgradeRule } from '../support/upgrade-proxy';

/** Not this machine to a browser: pages from there, without TLS, may not do everything. */
const NAME = 'weft.test';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
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

async function behindProxy(rule: UpgradeRule): Promise<{ readonly relay: RelayProcess; readonly proxy: UpgradeProxy }> {
  const relay = await startRelayProcess({ flags: ['--public-url', `http://${NAME}`] });
  const proxy = await UpgradeProxy.start(relay.address, rule);
  onTestFinished(() => proxy.stop());
  return { relay, proxy };
}

await describeWithChromium('where WebSocket is blocked', () => {
  it.each(BLOCKING_RULES)('by a proxy whose way is to %s, two people write together over HTTP', async (rule) => {
    const { proxy } = await behindProxy(rule);
    const [ada, ben] = await Promise.all(['a', 'b'].map(() => openPerson(browser, `${proxy.address}/d/blocked`)));
    if (ada === undefined || ben === undefined) throw new Error('two people were opened');
    await Promise.all([ada.ready(), ben.ready()]);
    await ada.typeAtEnd('Hello');
    await untilEqual(ada, ben);
    await ben.typeAtEnd(', world');
    expect(await untilEqual(ada, ben)).toBe('Hello, world');
    await until('they see each other', async () => (await ada.people()).length === 1 && (await ben.people()).length === 1);
    expect(proxy.upgrades).toBeGreaterThan(0);
  });

  it('ten documents in ten tabs are all live, over one stream', async () => {
    const { proxy, relay } = await behindProxy('refuse');
    const first = await (await openPerson(browser, `${proxy.address}/d/tab-0`)).ready();
    const tabs: EditorPage[] = [first];
    for (let tab = 1; tab < 10; tab++) tabs.push(await (await openTab(first.context, `${proxy.address}/d/tab-${tab}`)).ready());
    for (const [index, tab] of tabs.entries()) {
      await tab.page.bringToFront();
      await tab.typeAtEnd(`mine ${index};`);
      await tab.settled();
    }
    const other = await openPerson(browser, `${relay.address}/d/tab-0`);
    for (const [index, tab] of tabs.entries()) {
      await other.goTo(`${relay.address}/d/tab-${index}`);
      await other.ready();
      await other.shows(`mine ${index};`, 20_000);
      await other.typeAtEnd('theirs;');
      await other.settled();
      await tab.shows(`mine ${index};theirs;`, 20_000);
    }
    expect(proxy.streams).toBe(1);
  });

  const close = (tab: EditorPage) => tab.page.close({ runBeforeUnload: true });
  const crash = (tab: EditorPage) => tab.page.goto('chrome://crash').catch(() => undefined);

  it.each([
    ['closed', '127.0.0.1', 1_000, close],
    ['closed', NAME, 1_000, close],
    ['crashed', '127.0.0.1', 1_000, crash],
    // By pings: a page from there holds no lock.
    ['crashed', NAME, 35_000, crash],
  ] as const)('a tab that is %s, from %s, is not seen any more within %i ms, and the other tabs go on', async (_how, host, ms, end) => {
    const { proxy, relay } = await behindProxy('refuse');
    const address = proxy.address.replace('127.0.0.1', host);
    const stays = await (await openPerson(browser, `${address}/d/stays`)).ready();
    const goes = await (await openTab(stays.context, `${address}/d/goes`)).ready();
    const watcher = await new StockClient(relay.webSocketAddress, 'goes', { name: 'Ada' }).synced();
    await goes.typeAtEnd('Bye');
    await watcher.shows('Bye');
    await until('both are seen', () => watcher.people.length === 2);
    await stays.settled();
    expect(proxy.streams).toBe(1);
    void end(goes);
    await until('the other one is gone', () => watcher.people.length === 1, ms);
    await stays.page.bringToFront();
    await stays.typeAtEnd('still here');
    await stays.settled();
    expect(proxy.streams).toBe(1);
  });
});
