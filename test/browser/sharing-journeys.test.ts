/** Sharing as people do it, with a real relay: an owner, a reader and a writer, each with a browser of their own. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parseAddress } from '../../src/shared/protocol/links';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson, untilEqual } from '../support/editor-page';
import { GuardedRelay } from '../support/guarded-relay';
import { endRelays } from '../support/relay-process';

let browser: Browser;
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

await describeWithChromium('people who share a document by links', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems.filter((problem) => !EXPECTED.test(problem))).toEqual([]);
  });
  afterAll(() => browser?.close());

  it('read and write by what their links let them, and are let go when those are revoked', async () => {
    const relay = await GuardedRelay.start();
    const owner = await openPerson(browser, relay.process.address, CLIPBOARD);
    await owner.callMyself('Olga');
    await owner.newDocument();
    await owner.page.getByTestId('title-input').fill('Plan.md');
    await owner.typeAtEnd('from the owner;');
    await owner.settled();
    expect(owner.page.url()).not.toContain('#');
    const dialog = await openDialog(owner);
    const [write, read] = [await copied(owner, dialog, 'link for writing'), await copied(owner, dialog, 'link for reading')];
    const secrets = [write, read].map((link) => parseAddress(link)?.secret ?? '');
    expect(new Set(secrets).size).toBe(2);
    await owner.press('Escape');

    const sockets: string[] = [];
    const reader = await openPerson(browser, relay.process.address);
    reader.page.on('websocket', (socket) => sockets.push(socket.url()));
    await reader.callMyself('Rita');
    await reader.openAddress(read);
    await reader.ready();
    await reader.shows('from the owner;');
    const writer = await openPerson(browser, relay.process.address);
    await writer.callMyself('Wim');
    await writer.goTo(write);
    await writer.ready();
    for (const person of [reader, writer]) await until('the address tells nothing', () => !person.page.url().includes('#'));

    await writer.typeAtEnd(' from the writer;');
    await untilEqual(owner, writer);
    await reader.shows('from the owner; from the writer;');
    await reader.focusText();
    await reader.type('from the reader');
    await owner.typeAtEnd(' more;');
    await reader.shows('from the owner; from the writer; more;');
    await writer.shows('from the owner; from the writer; more;');
    // Event streams and requests alone: nothing that could write was ever opened.
    expect(sockets).toEqual([]);

    await openDialog(owner);
    await until('who came is listed', async () => {
      const facts = await dialog.getByTestId('share-link').allTextContents();
      return facts.every((fact) => fact.includes('1 person came'));
    });
    for (const [name, who] of [
      ['Link for reading', 'Rita'],
      ['Link for writing', 'Wim'],
    ] as const) {
      await link(dialog, name).getByRole('button', { expanded: false }).click();
      expect(await link(dialog, name).getByRole('listitem').first().textContent()).toContain(who);
      const person = who === 'Rita' ? reader : writer;
      await link(dialog, name).getByRole('button', { name: 'Revoke…' }).click();
      const began = performance.now();
      await link(dialog, name).getByRole('button', { name: 'Revoke for ever' }).click();
      await person.page.getByText('Your link does not open this document any more, and your text stays on this device.').waitFor();
      expect(performance.now() - began).toBeLessThan(2_000);
      await dialog.getByText(/open(s)? nothing any more/).waitFor();
    }
    expect(await reader.text()).toBe('from the owner; from the writer; more;');
    await writer.typeAtEnd(' after the end;');
    await writer.saysTruth(/^On this device/);
    expect(await owner.text()).toBe('from the owner; from the writer; more;');

    const anew = await copied(owner, dialog, 'link for writing');
    expect(anew).not.toBe(write);
    await writer.page.getByRole('button', { name: 'Use another link…' }).click();
    await writer.page.getByTestId('another-link').fill(anew);
    await writer.press('Enter');
    await owner.press('Escape');
    expect(await untilEqual(owner, writer)).toBe('from the owner; from the writer; more; after the end;');

    const printed = `${relay.process.stdout}${relay.process.stderr}`;
    expect(printed).toContain('request');
    for (const secret of [...secrets, parseAddress(anew)?.secret ?? '']) {
      expect(printed).not.toContain(secret);
      for (const person of [owner, reader, writer]) expect(await inPlainSight(person)).not.toContain(secret);
    }
  });

  it('come back by the list of documents, without the link; whoever has the address alone is asked for a link', async () => {
    const relay = await GuardedRelay.start();
    const owner = await openPerson(browser, relay.process.address, CLIPBOARD);
    await owner.newDocument();
    await owner.page.getByTestId('title-input').fill('Plan.md');
    await owner.typeAtEnd('a text');
    await owner.settled();
    const address = owner.page.url();
    const dialog = await openDialog(owner);
    const read = await copied(owner, dialog, 'link for reading');

    const reader = await openPerson(browser, read);
    await reader.ready();
    await reader.shows('a text');
    await until('it is listed', async () => (await reader.documents()).join() === 'Plan.md');
    await reader.goTo(relay.process.address);
    await reader.page.getByTestId('document-list').getByText('Plan.md').click();
    await reader.ready();
    await reader.saysConnection('Connected');
    const ofReader = await openDialog(reader);
    await ofReader.getByText('The link that you came by.').waitFor();
    await reader.press('Escape');
    await ofReader.waitFor({ state: 'hidden' });

    const stranger = await openPerson(browser, address);
    const stopped = stranger.page.locator('.stopped');
    await stopped.getByText('This address has no key in it; it was probably copied from the address bar.').waitFor();
    // Whoever made the document keeps it.
    await stopped.getByRole('button', { name: 'Make a new document at this address' }).click();
    await stopped.getByText('Somebody has made this document already').waitFor();
    await stranger.page.getByTestId('another-link').fill(read);
    await stranger.press('Enter');
    await stranger.ready();
    await stranger.shows('a text');

    // An owner's change of mind reaches a reader without a reload.
    await link(dialog, 'Link for reading').getByRole('button', { expanded: false }).click();
    await link(dialog, 'Link for reading').getByText('write', { exact: true }).click();
    await link(dialog, 'Link for reading').getByRole('button', { name: 'Save' }).click();
    await owner.press('Escape');
    await until('the reader may write', async () => {
      await reader.typeAtEnd('!');
      return (await reader.text()) !== 'a text';
    });
    await until('the owner sees it', async () => /^a text!+$/.test(await owner.text()));
  });

  it('lose a document that its owner deletes, and keep what is on their devices', async () => {
    const relay = await GuardedRelay.start();
    const owner = await openPerson(browser, relay.process.address, CLIPBOARD);
    await owner.newDocument();
    await owner.typeAtEnd('soon gone');
    await owner.settled();
    const dialog = await openDialog(owner);
    const write = await copied(owner, dialog, 'link for writing');
    const writer = await openPerson(browser, write);
    await writer.ready();
    await writer.settled();
    await dialog.getByRole('button', { name: 'Delete this document…' }).click();
    await owner.page.getByRole('button', { name: 'Delete for everyone' }).click();
    await owner.page.getByRole('heading', { name: 'Write together.' }).waitFor();
    expect(await owner.documents()).toEqual([]);
    await writer.page.getByText('Its owner deleted this document; your copy is on this device.').waitFor();
    await writer.saysConnection('Deleted by its owner');
    await writer.saysTruth('On this device');
    await writer.page.reload();
    await writer.ready();
    await writer.shows('soon gone');
  });

  it('make documents at a relay that asks for its key, with what was written before still there', async () => {
    const relay = await GuardedRelay.start({ flags: ['--host', '0.0.0.0'] });
    const origin = `http://127.0.0.1:${relay.process.port}`;
    const owner = await openPerson(browser, origin, CLIPBOARD);
    await owner.newDocument();
    await owner.typeAtEnd('before the key;');
    await owner.page.getByText(/asks for its key before it makes a document/).waitFor();
    await owner.saysTruth(/^On this device/);
    await owner.page.getByRole('button', { name: 'Enter the key…' }).click();
    await owner.page.getByTestId('relay-key').fill('not-the-key-of-this-one');
    await owner.press('Enter');
    const trouble = owner.page.locator('.relay-key [role=alert]');
    await trouble.waitFor();
    expect(await trouble.textContent()).toMatch(/key/);
    await owner.page.getByTestId('relay-key').fill(await relay.key());
    await owner.press('Enter');
    await owner.page.locator('dialog').waitFor({ state: 'detached' });
    await owner.settled();
    await owner.typeAtEnd(' after it');
    await owner.settled();
    // Once is enough.
    await owner.page.getByTestId('new-document').click();
    await until('the next one is open', async () => (await owner.text()) === '');
    await owner.typeAtEnd('the next one');
    await owner.settled();
  });
});

/** What browsers say about requests that are answered by 401 or 403, as some of these have to be. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|403|404|409)/;

async function openDialog(person: EditorPage): Promise<Locator> {
  await person.page.getByTestId('share').click();
  const dialog = person.page.locator('dialog.share');
  await dialog.waitFor();
  return dialog;
}

function link(dialog: Locator, name: string): Locator {
  return dialog.getByTestId('share-link').filter({ hasText: name }).and(dialog.locator('[data-state=open]'));
}

async function copied(person: EditorPage, dialog: Locator, what: string): Promise<string> {
  const { page } = person;
  await page.evaluate(() => navigator.clipboard.writeText('nothing yet'));
  await dialog.getByRole('button', { name: `Copy link: ${what}` }).click();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await until(`the ${what} is copied`, async () => (await clipboard()) !== 'nothing yet');
  return clipboard();
}

/** Everything of a page and its storage where a secret has no business: all but the stores of the keyring. */
async function inPlainSight({ page }: EditorPage): Promise<string> {
  return await page.evaluate(async () => {
    const settled = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await settled(indexedDB.open('weft'));
    const found: unknown[] = [location.href, document.title, { ...localStorage }, { ...sessionStorage }, document.body.innerHTML];
    for (const store of database.objectStoreNames) {
      if (['keys', 'link-secrets', 'relay-keys'].includes(store)) continue;
      found.push(await settled(database.transaction(store).objectStore(store).getAll()));
    }
    database.close();
    return JSON.stringify(found);
  });
}
