/** The app in a network that blocks WebSocket: its windows write over HTTP, through one worker and one stream. */
import type { Page } from 'playwright-core';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { describeWithElectron, type PageWindow, relayAddress, startApp, until } from '../support/electron';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { UpgradeProxy } from '../support/upgrade-proxy';

afterEach(async () => {
  endStockClients();
  await endRelays();
});

await describeWithElectron('windows of the app where WebSocket is blocked', () => {
  test('write and follow over HTTP, all of them over one stream', async () => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, 'refuse');
    onTestFinished(() => proxy.stop());
    const { app, page } = await startApp();
    await relayAddress(page);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted|worker/i.test(message.text())) complaints.push(message.text());
    });
    const opened = app.waitForEvent('window');
    await page.evaluate(() => (window as unknown as PageWindow).bridge.openWindow());
    const windows = [page, await opened];
    for (const [index, window] of windows.entries()) {
      const ada = await new StockClient(relay.webSocketAddress, `window-${index}`, { name: 'Ada' }).synced();
      ada.type(`Hello ${index}`);
      await window.getByTestId('open-address').fill(`${proxy.address}/d/window-${index}`);
      await window.getByTestId('open-address').press('Enter');
      // The window that has not used this relay yet asks.
      const yes = window.getByRole('button', { name: 'Open', exact: true });
      await yes.or(window.locator('.cm-content')).first().waitFor();
      if (await yes.isVisible()) await yes.click();
      await shows(window, `Hello ${index}`);
      await window.getByTestId('editor-host').locator('.cm-content').click();
      await window.keyboard.press('ControlOrMeta+End');
      await window.keyboard.type('!');
      await ada.shows(`Hello ${index}!`);
    }
    expect([proxy.streams, complaints]).toEqual([1, []]);
  });
});

async function shows(page: Page, text: string): Promise<void> {
  await until(
    async () => (await page.getByTestId('editor-host').locator('.cm-line').allTextContents()).join('\n'),
    (shown) => shown === text,
  );
}
