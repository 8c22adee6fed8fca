import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, openTab } from '../support/editor-page';
import { endRelays, startRelayProcess } from '../support/relay-process';

let browser: Browser;

/** Titles that are marked as on this device alone. */
async function onlyHere(person: EditorPage): Promise<string[]> {
  const marked = person.page.locator('.document:has(.document-here-alone) .document-title');
  return await marked.allTextContents();
}

async function call(person: EditorPage, title: string): Promise<void> {
  await person.page.getByTestId('title-input').fill(title);
  await person.settled();
}

await describeWithChromium('documents that are not open', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  it('are saved when the relay is back, though nobody opens them, and marked until then', async () => {
    const relay = await startRelayProcess();
    const ada = await (await openPerson(browser, `${relay.address}/d/first`)).ready();
    await call(ada, 'first');
    const ben = await (await openPerson(browser, `${relay.address}/d/first`)).ready();
    await ada.typeAtEnd('before;');
    await ben.shows('before;');
    await ada.newDocument();
    await call(ada, 'second');
    await ada.page.getByRole('button', { name: /^first/ }).click();
    await ada.shows('before;');

    await relay.kill9();
    await ada.saysConnection(/^Offline/);
    await ada.typeAtEnd('typed offline;');
    await ada.saysTruth(/^On this device/);
    await ada.page.getByRole('button', { name: /^second/ }).click();
    await until('the other document is open', async () => (await ada.title()) === 'second');
    await until('the first is marked', async () => (await onlyHere(ada)).join() === 'first', 20_000);

    await relay.startAgain();
    await ada.page.reload();
    await ada.ready();
    expect(await ada.title()).toBe('second');
    await ben.shows('before;typed offline;', 40_000);
    await until('the mark is gone', async () => (await onlyHere(ada)).length === 0, 40_000);
    // Nobody is seen who is not there.
    expect(await ben.people()).toEqual([]);
  });

  it('are saved by a page that stays as it is, as soon as what is open is connected again', async () => {
    const relay = await startRelayProcess();
    const ada = await (await openPerson(browser, `${relay.address}/d/first`)).ready();
    await call(ada, 'first');
    const ben = await (await openPerson(browser, `${relay.address}/d/first`)).ready();
    await ben.settled();
    await relay.kill9();
    await ada.saysConnection(/^Offline/);
    await ada.typeAtEnd('typed offline;');
    await ada.saysTruth(/^On this device/);
    await ada.newDocument();
    await relay.startAgain();
    await ada.saysConnection('Connected');
    await ben.shows('typed offline;', 40_000);
    await until('the mark is gone', async () => (await onlyHere(ada)).length === 0, 40_000);
  });

  it('are left to the window that has them open', async () => {
    const relay = await startRelayProcess();
    const ada = await (await openPerson(browser, `${relay.address}/d/first`)).ready();
    await call(ada, 'first');
    const other = await (await openTab(ada.context, `${relay.address}/d/second`)).ready();
    await other.settled();
    // As every window of this browser can see.
    const opened = async () =>
      await ada.page.evaluate(async () => {
        const { held = [] } = await navigator.locks.query();
        return held.flatMap(({ name = '', mode }) => (name.startsWith('weft.document.') ? [`${name} ${mode}`] : [])).sort();
      });
    expect(await opened()).toEqual(['weft.document.first shared', 'weft.document.second shared']);
    await relay.kill9();
    await ada.saysConnection(/^Offline/);
    await ada.typeAtEnd('typed offline;');
    await ada.saysTruth(/^On this device/);
    await relay.startAgain();
    await Promise.all([ada.settled(), other.settled()]);
    // The other window finds nothing left to say.
    await until('nothing is marked', async () => (await onlyHere(other)).length === 0, 40_000);
    expect(await ada.text()).toBe('typed offline;');
    await other.page.close();
    await until('what is closed is open to others', async () => (await opened()).join() === 'weft.document.first shared');
  });
});
