/** Windows, files, settings and the one instance, in a real Electron. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { programIn } from '../../scripts/electron-runtime.mjs';
import { getElectron } from '../../scripts/get-electron.mjs';
import {
  appArguments,
  describeWithElectron,
  environment,
  type PageWindow,
  relayAddress,
  relayPid,
  startApp,
  until,
  userDataForTest,
} from '../support/electron';

await describeWithElectron('the desktop shell', () => {
  test('opens windows, one for each document, and brings forward the one that is open', async () => {
    const { app, page } = await startApp();
    const address = `${await relayAddress(page)}/d/some-document`;
    await page.evaluate(() => (window as unknown as PageWindow).bridge.openWindow());
    await until(
      () => app.windows().length,
      (windows) => windows === 2,
    );
    await clickLink(app, address);
    await until(
      () => openAddresses(app),
      (addresses) => addresses.filter((url) => url.includes('some-document')).length === 1,
    );
    const opened = (await openAddresses(app)).length;
    await clickLink(app, address);
    expect(await openAddresses(app)).toHaveLength(opened);
    const openWindowAt = (...given: string[]) =>
      page.evaluate((at) => {
        const openWindow: (...args: string[]) => Promise<unknown> = (window as unknown as PageWindow).bridge.openWindow;
        return openWindow(...at).catch((error: Error) => error.message);
      }, given);
    expect(await openWindowAt('file:///etc/passwd')).toBe('openWindow was called with something it does not take.');
  });

  test('remembers where a window was, and how large', async () => {
    const userData = userDataForTest();
    const first = await startApp({ userData });
    const place = { x: 140, y: 120, width: 900, height: 610 };
    await first.app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), place);
    await until(
      () => bounds(first.app),
      (is) => is.width === 900,
    );
    const before = await bounds(first.app);
    await first.quit();
    const second = await startApp({ userData });
    expect(await bounds(second.app)).toEqual(before);
    expect(before).toMatchObject({ width: 900, height: 610 });
  });

  test('keeps settings, tells every window, and the background follows', async () => {
    const userData = userDataForTest();
    const first = await startApp({ userData });
    await first.page.evaluate(() => (window as unknown as PageWindow).bridge.changeSettings({ name: 'Ada', theme: 'dark' }));
    expect(await first.app.evaluate(({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
    await first.quit();
    const second = await startApp({ userData });
    expect(await second.page.evaluate(() => (window as unknown as PageWindow).bridge.readSettings())).toMatchObject({
      name: 'Ada',
      theme: 'dark',
    });
    expect((await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBackgroundColor()))?.toLowerCase()).toBe(
      '#191816',
    );
  });

  test('is one instance: a second start hands over its address and ends, its switches count for nothing', async () => {
    const userData = userDataForTest();
    const { app, page } = await startApp({ userData });
    const relay = await relayAddress(page);
    await page.evaluate(() => {
      const kept = window as unknown as PageWindow & { offered: string[] };
      kept.offered = [];
      kept.bridge.on('openAddress', (address) => kept.offered.push(address));
    });
    const address = `weft://join/abc?relay=${encodeURIComponent('http://relay.example')}`;
    const codes = await Promise.all([
      startAgain(userData, [address]),
      startAgain(userData, ['--inspect=0', '--js-flags=--foo']),
      startAgain(userData, [address, `${relay}/d/x`]),
    ]);
    expect(codes).toEqual([0, 0, 0]);
    await until(
      () => page.evaluate(() => (window as unknown as { offered: string[] }).offered),
      (offered) => offered.length === 1 && offered[0] === address,
    );
    expect(await openAddresses(app)).toHaveLength(1);
    expect(await relayAddress(page)).toBe(relay);
  });

  test('says of a link that cannot be opened that it cannot', async () => {
    const userData = userDataForTest();
    const { page } = await startApp({ userData });
    const link = `weft://join/abc?relay=${encodeURIComponent('http://relay.example')}`;
    for (const [given, words] of [
      [`${link}#${'x'.repeat(10_000)}`, 'longer than any link'],
      ['weft://join/', 'names no document'],
    ] as const) {
      expect(await startAgain(userData, [given])).toBe(0);
      await page.getByRole('dialog', { name: 'The link cannot be opened' }).getByText(words).waitFor();
      await page.getByRole('button', { name: 'OK' }).click();
    }
    expect(await startAgain(userData, [`${link}#${'s'.repeat(4_096)}`])).toBe(0);
    await page.getByRole('dialog', { name: 'Open a document at another relay' }).waitFor();
  });

  test('opens a text file that the person chose, and saves a copy whole', async () => {
    const { app, page } = await startApp();
    const folder = mkdtempSync(join(tmpdir(), 'weft-files-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'a.md'), '# one\r\ntwo\r\n');
    writeFileSync(join(folder, 'b.bin'), Buffer.from([0, 1, 2, 255]));
    const choose = (name: string): Promise<void> =>
      app.evaluate(
        ({ dialog }, path) => {
          dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
          dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
        },
        join(folder, name),
      );
    const openFile = (): Promise<unknown> =>
      page.evaluate(() => (window as unknown as PageWindow).bridge.openTextFile().catch((error: Error) => error.message));
    await choose('a.md');
    expect(await openFile()).toEqual({ name: 'a.md', text: '# one\ntwo\n', lineEnding: '\r\n' });
    await choose('b.bin');
    expect(await openFile()).toBe('“b.bin” is no text in UTF-8: save it as UTF-8 first.');
    await choose('copy.md');
    const saved = await page.evaluate(() =>
      (window as unknown as PageWindow).bridge.saveTextFile({ name: 'a.md', text: '# one\ntwo\n', lineEnding: '\r\n' }),
    );
    expect([saved, readFileSync(join(folder, 'copy.md'), 'utf8'), readdirSync(folder).sort()]).toEqual([
      'copy.md',
      '# one\r\ntwo\r\n',
      ['a.md', 'b.bin', 'copy.md'],
    ]);
  });

  test('has a menu whose commands reach the focused window', async () => {
    const { app, page } = await startApp();
    const { labels, undo } = await app.evaluate(({ Menu }) => ({
      labels: Menu.getApplicationMenu()?.items.map(({ label }) => label),
      undo: Menu.getApplicationMenu()?.getMenuItemById('undo')?.accelerator,
    }));
    expect(labels).toEqual(expect.arrayContaining(['&File', '&Edit', '&View', '&Window']));
    expect(undo).toBe('CmdOrCtrl+Z');
    await page.evaluate(() => {
      const kept = window as unknown as PageWindow & { commands: string[] };
      kept.commands = [];
      kept.bridge.on('menu', (command) => kept.commands.push(command));
    });
    await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('toggle-wrap')?.click());
    await until(
      () => page.evaluate(() => (window as unknown as { commands: string[] }).commands),
      (commands) => commands.join() === 'toggle-wrap',
    );
  });

  test('loads a page again that crashed', async () => {
    const { app } = await startApp();
    // Asked in the main process alone: whoever watches a page does not come along into its next process.
    const processes = await app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) return [];
      const before = contents.getOSProcessId();
      const loaded = new Promise<void>((resolve) => contents.once('did-finish-load', () => resolve()));
      contents.forcefullyCrashRenderer();
      await loaded;
      return [before, contents.getOSProcessId(), contents.isCrashed()];
    });
    expect(processes).toEqual([expect.any(Number), expect.any(Number), false]);
    expect(processes[0]).not.toBe(processes[1]);
  });
});

await describeWithElectron('the bundled relay', () => {
  test('keeps its port and its data over a restart of the app, and ends with it', async () => {
    const userData = userDataForTest();
    const first = await startApp({ userData });
    const address = await relayAddress(first.page);
    const health = await (await fetch(`${address}/health`)).json();
    await first.quit();
    await expect(fetch(`${address}/health`)).rejects.toThrow();
    const second = await startApp({ userData });
    expect(await relayAddress(second.page)).toBe(address);
    expect(await (await fetch(`${address}/health`)).json()).toMatchObject({ relay: (health as { relay: string }).relay });
    expect(existsSync(join(userData, 'relay'))).toBe(true);
  });

  test('that was killed is back on its port, and every window hears of it', async () => {
    const { app, page } = await startApp();
    const address = await relayAddress(page);
    await page.evaluate(() => {
      const kept = window as unknown as PageWindow & { states: string[] };
      kept.states = [];
      kept.bridge.on('bundledRelay', ({ status }) => kept.states.push(status));
    });
    process.kill(await relayPid(app), 'SIGKILL');
    await until(
      () => page.evaluate(() => (window as unknown as { states: string[] }).states),
      (states) => states.join() === 'restarting,running',
    );
    expect(await relayAddress(page)).toBe(address);
    expect((await fetch(`${address}/health`)).status).toBe(200);
  });
});

/** As the system does with a click on a link. */
function clickLink(app: ElectronApplication, address: string): Promise<void> {
  return app.evaluate(({ app: electron }, clicked) => void electron.emit('second-instance', {}, ['weft', clicked]), address);
}

function openAddresses(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.webContents.getURL()));
}

async function bounds(app: ElectronApplication): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
  return found ?? expect.fail('there is no window');
}

/** Starts the app a second time, as a person or a link would; its exit code. */
async function startAgain(userData: string, args: readonly string[]): Promise<number | null> {
  const program = programIn(await getElectron());
  const given = [...(await appArguments(userData)), ...args];
  const env = await environment();
  return new Promise((resolve, reject) => {
    spawn(program, given, { env, stdio: 'ignore' }).on('error', reject).on('close', resolve);
  });
}
