import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, untilEqual } from '../support/editor-page';
import { endRelays, startRelayProcess } from '../support/relay-process';

/** Looks up to the machine itself, as a name in someone's network would to another one. */
const NAME = 'relay.lan';
let browser: Browser;

await describeWithChromium('addresses', () => {
  beforeAll(async () => {
    browser = await launchChromium([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  it('a document starts on the start page, and whoever pastes its address into a browser or into the field writes along', async () => {
    const relay = await startRelayProcess();
    const ada = await openPerson(browser, relay.address);
    await ada.newDocument();
    await ada.typeAtEnd('first words');
    await ada.settled();
    const address = await copiedAddress(ada);
    expect(address).toMatch(new RegExp(`^${relay.address}/d/[\\w-]{22}$`));
    expect(ada.page.url()).toBe(address);

    const ben = await (await openPerson(browser, address)).ready();
    const cleo = await openPerson(browser, relay.address);
    await cleo.openAddress(address.split('/').at(-1) ?? '');
    await cleo.ready();
    await ben.typeAtEnd(', and second');
    expect(await untilEqual(ada, ben, cleo)).toBe('first words, and second');
    await cleo.page.goBack();
    await cleo.page.getByRole('heading', { name: 'Write together.' }).waitFor();
    await cleo.page.goForward();
    await cleo.ready();
    expect(await untilEqual(ada, cleo)).toBe('first words, and second');
  });

  it('what is no address is answered with one sentence', async () => {
    const relay = await startRelayProcess();
    const ada = await openPerson(browser, relay.address);
    const note = ada.page.locator('#address-note');
    for (const bad of [
      'no address at all',
      `${relay.address}/d/a%20b`,
      `${relay.address}/d/..%2f`,
      'javascript:alert(1)',
      'x'.repeat(129),
    ]) {
      await ada.openAddress(bad);
      await note.waitFor();
      expect(await note.textContent()).toBe('That is neither a document’s link, like https://relay.example/d/…, nor its id.');
    }
    expect(ada.page.url()).toBe(`${relay.address}/`);
    expect(await ada.documents()).toEqual([]);
  });

  it.each(['/d/..%2f', '/d/a%20b', `/d/${'x'.repeat(129)}`])('%s is nobody’s address, and nothing is stored for it', async (path) => {
    const relay = await startRelayProcess();
    const stored = relay.storedBytes();
    const page = await browser.newPage();
    const answer = await page.goto(`${relay.address}${path}`);
    expect(answer?.status()).toBe(404);
    expect(await page.locator('body').textContent()).toContain('There is nothing at this address');
    await page.context().close();
    expect(relay.storedBytes()).toBe(stored);
  });

  it('without a relay: a document of elsewhere is one sentence and one button, and opens when the relay is back', async () => {
    const relay = await startRelayProcess();
    const ada = await openPerson(browser, relay.address);
    await relay.stop();
    await ada.openAddress('never-opened-here');
    const stopped = ada.page.locator('.stopped');
    await stopped.waitFor();
    const host = new URL(relay.address).host;
    expect(await stopped.locator('p').allTextContents()).toEqual([
      `This document is not on this device yet, and its relay at ${host} cannot be reached.`,
    ]);
    expect(await stopped.getByRole('button').allTextContents()).toEqual(['Try again']);
    expect(await ada.page.locator('.cm-content').count()).toBe(0);

    await relay.startAgain();
    await until('it opens', async () => {
      // By itself when its time has come; sooner by the button.
      if (await stopped.isVisible())
        await stopped
          .getByRole('button')
          .click({ timeout: 1_000 })
          .catch(() => undefined);
      return await ada.page.locator('.cm-content').isVisible();
    });
    await ada.typeAtEnd('here it is');
    await ada.settled();
  });

  it('a document that began before the relay was ever reached is found and sent, also when another one met the relay first', async () => {
    const relay = await startRelayProcess();
    const ada = await openPerson(browser, relay.address);
    await relay.stop();
    await ada.newDocument();
    await ada.page.getByTestId('title-input').fill('early.md');
    await ada.typeAtEnd('written without a relay');
    await ada.saysTruth(/^On this device/);
    const address = ada.page.url();
    await ada.page.getByTestId('new-document').click();
    await until('the other is open', async () => ada.page.url() !== address && (await ada.title()) === '');
    await ada.typeAtEnd('another one');
    await ada.saysTruth(/^On this device/);
    await relay.startAgain();
    await ada.settled();

    await ada.page.getByTestId('document-list').getByText('early.md').click();
    await until('it is open', () => ada.page.url() === address);
    await ada.ready();
    await ada.settled();
    const ben = await (await openPerson(browser, address)).ready();
    expect(await untilEqual(ada, ben)).toBe('written without a relay');
    expect(await ben.title()).toBe('early.md');
  });

  it('a document that is forgotten is gone from the list and from the device; the relay still has it', async () => {
    const relay = await startRelayProcess();
    const ada = await (await openPerson(browser, `${relay.address}/d/forget-me`)).ready();
    await ada.page.getByTestId('title-input').fill('secret.md');
    await ada.typeAtEnd('a secret');
    await ada.settled();
    expect(await copiesOnDevice(ada)).toContain('forget-me');
    expect(await ada.documents()).toEqual(['secret.md']);
    await ada.page.getByRole('button', { name: 'Forget “secret.md”' }).click();
    await ada.page.getByRole('button', { name: 'Forget', exact: true }).click();
    await until('it is not listed', async () => (await ada.documents()).length === 0);
    await until('it is not on the device', async () => !(await copiesOnDevice(ada)).includes('forget-me'));

    await relay.stop();
    await ada.openAddress('forget-me');
    await ada.page.locator('.stopped').waitFor();
    await relay.startAgain();
    await ada.ready();
    await ada.shows('a secret');
    expect(await ada.title()).toBe('secret.md');
  });

  it('over plain HTTP and a name, where browsers withhold crypto.subtle and the clipboard, all of it works', async () => {
    const relay = await startRelayProcess({ flags: ['--public-url', `http://${NAME}`] });
    const origin = `http://${NAME}:${relay.port}`;
    const ada = await openPerson(browser, origin);
    expect(await ada.page.evaluate(() => [isSecureContext, typeof crypto.subtle, typeof navigator.clipboard])).toEqual([
      false,
      'undefined',
      'undefined',
    ]);
    await ada.newDocument();
    await ada.typeAtEnd('by name');
    await ada.settled();
    const address = await copiedAddress(ada);
    expect(address).toMatch(new RegExp(`^${origin}/d/[\\w-]{22}$`));
    const ben = await (await openPerson(browser, address)).ready();
    await ben.typeAtEnd(', and back');
    expect(await untilEqual(ada, ben)).toBe('by name, and back');
    await ada.page.reload();
    await ada.ready();
    expect(await untilEqual(ada, ben)).toBe('by name, and back');
  });
});

/** By the dialog, and pasted into the field for addresses: what a person would paste elsewhere. */
async function copiedAddress(person: EditorPage): Promise<string> {
  await person.page.getByTestId('share').click();
  const dialog = person.page.locator('dialog.share');
  await dialog.getByRole('button', { name: /^Copy address/ }).click();
  await dialog.getByText('Copied', { exact: true }).waitFor();
  await person.press('Escape');
  const field = person.page.getByTestId('open-address');
  await field.fill('');
  await field.focus();
  await person.press('Control+v');
  const address = await field.inputValue();
  await field.fill('');
  return address;
}

/** Everything that the page's databases say about documents, as text to search in. */
async function copiesOnDevice(person: EditorPage): Promise<string> {
  return await person.page.evaluate(async () => {
    const settled = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const found: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        found.push(await settled(objects.getAllKeys()), await settled(objects.getAll()));
      }
      database.close();
    }
    return JSON.stringify(found, (_key, value: unknown) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value));
  });
}
