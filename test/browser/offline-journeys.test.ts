import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, openTab, untilEqual } from '../support/editor-page';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { UpgradeProxy } from '../support/upgrade-proxy';

let browser: Browser;

await describeWithChromium('away from the relay', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  async function openBoth(address: string, adas = address): Promise<[EditorPage, EditorPage]> {
    const [ada, ben] = await Promise.all([openPerson(browser, adas), openPerson(browser, address)]);
    await Promise.all([ada.ready(), ben.ready()]);
    return [ada, ben];
  }

  it('a browser that is offline keeps what is typed, says where it is, and merges when it is back', async () => {
    const relay = await startRelayProcess();
    const [ada, ben] = await openBoth(`${relay.address}/d/offline`);
    await ada.typeAtEnd('before;');
    await untilEqual(ada, ben);

    await ada.context.setOffline(true);
    // Before anything is typed: an open socket does not notice that its network is gone.
    await ada.saysConnection(/^(Connecting|Offline)/, 10_000);
    await ada.typeAtEnd('ada offline;');
    await ada.saysTruth(/^On this device/);
    await ada.saysConnection(/^Offline/);
    await ben.focusText();
    await ben.press('Control+Home');
    await ben.type('ben meanwhile;');
    await ben.settled();
    expect(await ben.text()).toBe('ben meanwhile;before;');
    expect(await ada.text()).toBe('before;ada offline;');
    // With the age of the oldest edit, once there is one worth saying.
    await ada.saysTruth(/^On this device for \d+ s$/);

    await ada.context.setOffline(false);
    expect(await untilEqual(ada, ben)).toBe('ben meanwhile;before;ada offline;');
  });

  it('when the relay is gone both go on writing, and both come back by themselves', async () => {
    const relay = await startRelayProcess();
    const [ada, ben] = await openBoth(`${relay.address}/d/gone`);
    await ada.typeAtEnd('before;');
    await untilEqual(ada, ben);

    await relay.stop();
    await Promise.all([ada.saysConnection(/^Offline/), ben.saysConnection(/^Offline/)]);
    await Promise.all([ada.typeAtEnd('ada;'), ben.typeAtEnd('ben;')]);
    await Promise.all([ada.saysTruth(/^On this device/), ben.saysTruth(/^On this device/)]);
    expect(await ada.people()).toEqual([]);

    await relay.startAgain();
    expect(['before;ada;ben;', 'before;ben;ada;']).toContain(await untilEqual(ada, ben));
    await until('they see each other again', async () => (await ada.people()).length === 1 && (await ben.people()).length === 1);
  });

  it('a reload that finds no relay shows the offline copy, edits of it included, and merges later', async () => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, 'pass');
    onTestFinished(() => proxy.stop());
    const [ada, ben] = await openBoth(`${relay.address}/d/reload`, `${proxy.address}/d/reload`);
    await ada.typeAtEnd('before;');
    await untilEqual(ada, ben);

    // The page itself comes from the relay: all that is kept away are the ways to the document.
    proxy.rule = 'refuse';
    proxy.carriesStreams = false;
    await ada.page.reload();
    await ada.ready();
    await ada.saysConnection(/^Offline/);
    expect(await ada.text()).toBe('before;');
    await ada.typeAtEnd('typed offline;');
    await ada.saysTruth(/^On this device/);
    await ben.typeAtEnd('ben;');
    await ben.settled();

    await ada.page.reload();
    await ada.ready();
    await ada.saysConnection(/^Offline/);
    expect(await ada.text()).toBe('before;typed offline;');
    await ada.saysTruth(/^On this device/);

    proxy.rule = 'pass';
    proxy.carriesStreams = true;
    expect(['before;typed offline;ben;', 'before;ben;typed offline;']).toContain(await untilEqual(ada, ben));
  });

  it('what is typed in the very turn in which the page is left is not lost', async () => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, 'pass');
    onTestFinished(() => proxy.stop());
    const ada = await (await openPerson(browser, `${proxy.address}/d/left`)).ready();
    await ada.typeAtEnd('before;');
    await ada.saysTruth('Saved');
    proxy.rule = 'refuse';
    proxy.carriesStreams = false;
    await ada.page.reload();
    await ada.ready();
    await ada.saysConnection(/^Offline/);
    await ada.focusText();
    await ada.press('Control+End');
    const left = ada.page.waitForEvent('load');
    await ada.page.evaluate(() => {
      // However fast the page goes: no frame, and no timer, comes any more.
      window.requestAnimationFrame = () => 0;
      window.setTimeout = (() => 0) as unknown as typeof window.setTimeout;
      document.execCommand('insertText', false, 'last words');
      location.reload();
    });
    await left;
    await ada.ready();
    expect(await ada.text()).toBe('before;last words');
  });

  it('what one of two tabs typed offline is not lost when that tab is closed', async () => {
    const relay = await startRelayProcess();
    const one = await (await openPerson(browser, `${relay.address}/d/tabs`)).ready();
    const other = await (await openTab(one.context, `${relay.address}/d/tabs`)).ready();
    await one.typeAtEnd('both;');
    await untilEqual(one, other);
    expect(await one.people()).toHaveLength(1);

    await relay.stop();
    await one.typeAtEnd('closed tab;');
    await other.typeAtEnd('other tab;');
    await one.saysTruth(/^On this device/);
    await one.page.close({ runBeforeUnload: true });
    await relay.startAgain();
    await other.settled();
    await other.page.reload();
    await other.ready();
    await other.settled();
    const ben = await (await openPerson(browser, `${relay.address}/d/tabs`)).ready();
    expect(['both;closed tab;other tab;', 'both;other tab;closed tab;']).toContain(await untilEqual(other, ben));
  });

  it('a tab whose document another tab forgot goes on, from what the relay has', async () => {
    const relay = await startRelayProcess();
    const one = await (await openPerson(browser, `${relay.address}/d/forgotten`)).ready();
    const other = await (await openTab(one.context, `${relay.address}/d/forgotten`)).ready();
    await one.typeAtEnd('saved;');
    await untilEqual(one, other);
    await one.page.getByRole('button', { name: /^Forget “/ }).click();
    await one.page.getByRole('button', { name: 'Forget', exact: true }).click();
    await one.page.getByRole('heading', { name: 'Write together.' }).waitFor();
    await other.typeAtEnd('after;');
    await other.settled();
    expect(await other.text()).toBe('saved;after;');
    const ben = await (await openPerson(browser, `${relay.address}/d/forgotten`)).ready();
    expect(await untilEqual(other, ben)).toBe('saved;after;');
  });
});
