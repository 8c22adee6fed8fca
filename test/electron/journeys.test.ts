/** What people do, in a real Electron with the relay that comes with it, and a guest in a real Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../support/chromium';
import { describeWithElectron, type PageWindow, relayAddress, relayPid, startApp, until } from '../support/electron';
import { GuardedRelay } from '../support/guarded-relay';
import { endRelays } from '../support/relay-process';

await describeWithElectron('a person at the desktop', () => {
  test('types, a guest who got a link sees it in a browser and answers; after a restart it is all there', async () => {
    const first = await startApp();
    await newDocument(first.page, 'Minutes.md');
    await type(first.page, '# Minutes\nfrom the desktop');
    await isSaved(first.page);
    const address = await documentAddress(first.page);
    const guest = await guestAt(await linkForWriting(first));
    await shows(guest, 'from the desktop');
    await type(guest, '\nfrom the guest');
    await shows(first.page, 'from the guest');
    await isSaved(guest);
    const written = await textOf(first.page);
    expect(await textOf(guest)).toBe(written);
    await first.quit();

    const second = await startApp({ userData: first.userData });
    await second.page.getByTestId('document-list').getByText('Minutes.md').click();
    await shows(second.page, 'from the guest');
    expect(await textOf(second.page)).toBe(written);
    expect(await documentAddress(second.page)).toBe(address);
    await second.page.getByTestId('title-input').waitFor();
    expect(await second.page.getByTestId('title-input').inputValue()).toBe('Minutes.md');
  });

  test('goes on typing while the relay is killed; it is back on its port and all of it is saved', async () => {
    const { app, page } = await startApp();
    await newDocument(page, 'Long.txt');
    await type(page, 'before ');
    await isSaved(page);
    const address = await documentAddress(page);
    process.kill(await relayPid(app), 'SIGKILL');
    await type(page, 'meanwhile ');
    await until(
      () => page.getByTestId('status-connection').innerText(),
      (words) => words === 'Connected',
    );
    await type(page, 'after');
    await isSaved(page);
    expect(await relayAddress(page)).toBe(new URL(address).origin);
    const guest = await guestAt(await linkForWriting({ app, page }));
    await shows(guest, 'before meanwhile after');
  });

  test('goes on by itself when another program has taken the relay’s port, with what began meanwhile too', async () => {
    const { app, page } = await startApp();
    await newDocument(page, 'Before.txt');
    await type(page, 'before ');
    await isSaved(page);
    const address = await documentAddress(page);
    const { port } = new URL(address);
    process.kill(await relayPid(app), 'SIGKILL');
    await takePort(Number(port));
    await type(page, 'meanwhile');
    await page.getByTestId('new-document').first().click();
    await page.getByTestId('title-input').fill('Alone.txt');
    const isAway = (await page.evaluate(() => (window as unknown as PageWindow).bridge.bundledRelay())).status === 'restarting';
    expect(isAway).toBe(true);
    await type(page, 'begun alone');
    await isSaved(page);
    const relay = await relayAddress(page);
    expect(new URL(relay).port).not.toBe(port);
    expect(await documentAddress(page)).toContain(`${relay}/d/`);
    const opened = app.waitForEvent('window');
    await page.evaluate(() => (window as unknown as PageWindow).bridge.openWindow());
    const other = await opened;
    // The address from before, as it may stand anywhere.
    await other.getByTestId('open-address').fill(address);
    await other.getByTestId('open-address').press('Enter');
    await shows(other, 'before meanwhile');
    await isSaved(other);
    expect(await documentAddress(other)).toBe(address.replace(`:${port}/`, `:${new URL(relay).port}/`));
  });

  test('has a document in each of two windows, and what one writes the other shows', async () => {
    const { app, page } = await startApp();
    await newDocument(page, 'One.md');
    await type(page, 'the first');
    const address = await documentAddress(page);
    const opened = app.waitForEvent('window');
    await page.evaluate(() => (window as unknown as PageWindow).bridge.openWindow());
    const other = await opened;
    await other.getByTestId('open-address').fill(address);
    await other.getByTestId('open-address').press('Enter');
    await shows(other, 'the first');
    await type(other, ' and the second');
    await shows(page, 'the first and the second');
  });

  test('opens a text file as a new document, and saves a copy with its line ends', async () => {
    const { app, page } = await startApp();
    await relayAddress(page);
    const folder = mkdtempSync(join(tmpdir(), 'weft-files-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'notes.md'), 'one\r\ntwo\r\n');
    await chooseFile(app, join(folder, 'notes.md'));
    await command(app, 'open-file');
    await shows(page, 'two');
    expect(await page.getByTestId('title-input').inputValue()).toBe('notes.md');
    await type(page, 'three');
    await isSaved(page);
    await chooseFile(app, join(folder, 'copy.md'));
    await command(app, 'save-copy');
    await until(
      () => readIfThere(join(folder, 'copy.md')),
      (text) => text === 'one\r\ntwo\r\nthree',
    );
  });

  test('follows a link to a relay that is strange only after a yes', async () => {
    const { app, page } = await startApp();
    await relayAddress(page);
    await app.evaluate(({ app: electron }) => {
      electron.emit('second-instance', {}, ['weft', `weft://join/abc?relay=${encodeURIComponent('http://127.0.0.1:9')}`]);
    });
    await page.getByText('Open a document at 127.0.0.1:9?').waitFor();
    expect(page.url()).not.toContain('127.0.0.1');
  });

  test('opens a link with its secret after a yes, keeps the secret out of sight, and takes a stronger one', async () => {
    const relay = await GuardedRelay.start();
    onTestFinished(endRelays);
    const made = await relay.create();
    const [read, write] = [await relay.link(made, { role: 'viewer' }), await relay.link(made, { role: 'editor' })];
    const linkWith = (secret: string) => `weft://join/${made.document}?relay=${encodeURIComponent(relay.process.address)}#${secret}`;
    const { app, page, userData, quit } = await startApp();
    await relayAddress(page);
    const click = (address: string) =>
      app.evaluate(({ app: electron }, clicked) => void electron.emit('second-instance', {}, ['weft', clicked]), address);
    await click(linkWith(read.secret));
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    const connected = () =>
      until(
        () => page.getByTestId('status-connection').innerText(),
        (words) => words === 'Connected',
      );
    await connected();
    await until(
      () => page.url(),
      (url) => url.includes(made.document) && !url.includes('%23'),
    );
    await type(page, 'not for readers');

    // The relay is known by now: no question, and the document that is open is opened anew.
    await click(linkWith(write.secret));
    await until(
      () => page.getByTestId('editor-host').locator('.cm-content').getAttribute('contenteditable'),
      (editable) => editable === 'true',
    );
    await connected();
    await type(page, 'written by a link');
    await isSaved(page);
    expect(await textOf(page)).toBe('written by a link');
    await until(
      () => page.url(),
      (url) => !url.includes('%23'),
    );
    await quit();
    const places = readFileSync(join(userData, 'windows.json'), 'utf8');
    expect(places).toContain('latest');
    for (const tell of [made.document, read.secret, write.secret]) expect(places).not.toContain(tell);
  });

  test('is not stopped by the policy: the page breaks none of its own rules', async () => {
    const { page } = await startApp();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) complaints.push(message.text());
    });
    await page.reload();
    await newDocument(page, 'Rules.ts');
    await type(page, 'const a = 1;');
    await isSaved(page);
    expect(complaints).toEqual([]);
  });
});

async function newDocument(page: Page, title: string): Promise<void> {
  await relayAddress(page);
  await page.getByTestId('new-document').first().click();
  await page.getByTestId('title-input').fill(title);
}

/** At the end of the text. */
async function type(page: Page, text: string): Promise<void> {
  await page.getByTestId('editor-host').locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type(text);
}

async function isSaved(page: Page): Promise<void> {
  await until(
    () => page.getByTestId('status-truth').innerText(),
    (words) => words === 'Saved',
  );
}

async function shows(page: Page, text: string): Promise<void> {
  await until(
    () => textOf(page),
    (shown) => shown.includes(text),
  );
}

/** The lines as they stand; empty while there is no editor. */
async function textOf(page: Page): Promise<string> {
  return (await page.getByTestId('editor-host').locator('.cm-line').allTextContents()).join('\n');
}

async function documentAddress(page: Page): Promise<string> {
  const address = await until(
    () => new URL(page.url()).searchParams.get('open'),
    (open) => open !== null,
  );
  return address ?? '';
}

/** Another program, with whatever it says. */
async function takePort(port: number): Promise<void> {
  const server = createServer((_request, response) => response.end('Hello'));
  onTestFinished(() => void server.close());
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => resolve(true));
      }),
    (isTaken) => isTaken,
  );
}

/** As its owner hands it out. */
async function linkForWriting({ app, page }: { readonly app: ElectronApplication; readonly page: Page }): Promise<string> {
  await page.getByTestId('share').click();
  await page.getByTestId('share-editor').getByText('Copy link').click();
  const link = await until(
    () => app.evaluate(({ clipboard }) => clipboard.readText()),
    (text) => text.includes('#'),
  );
  await page.keyboard.press('Escape');
  return link;
}

async function guestAt(address: string): Promise<Page> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address);
  return page;
}

async function chooseFile(app: ElectronApplication, path: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
  }, path);
}

async function command(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), id);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
