/** Closing and quitting with a text that is in the window only, in a real Electron. */
import type { ElectronApplication, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeWithElectron, relayAddress, type StartedApp, startApp, until } from '../support/electron';

const ANSWERS = ['Stay', 'Save a Copy…', 'Leave and Lose It'];

/** What the stub of the native question keeps in the main process. */
interface Asking {
  questions: string[];
  answer: number;
}

await describeWithElectron('a window with text that is nowhere else', () => {
  test('is asked about before it closes, and stays when told so (windows R4)', async () => {
    const { app, page } = await startWithText();
    await answerWith(app, 'Stay');
    await closeWindow(app);
    expect(await questions(app, 1)).toEqual(['Leave this document?']);
    expect(await textOf(page)).toBe('only here');
    await answerWith(app, 'Leave and Lose It');
    const ended = app.waitForEvent('close');
    await closeWindow(app);
    await ended;
  });

  test('stops a quit, which can be asked for again (windows R4)', async () => {
    const { app, page } = await startWithText();
    await answerWith(app, 'Stay');
    await quit(app);
    expect(await questions(app, 1)).toHaveLength(1);
    expect(await textOf(page)).toBe('only here');
    // The relay is still there: nothing that a quit ends was ended.
    expect((await fetch(`${await relayAddress(page)}/health`)).status).toBe(200);
    await answerWith(app, 'Leave and Lose It');
    const ended = app.waitForEvent('close');
    await quit(app);
    await ended;
  });

  test('is not asked about when this device keeps its text', async () => {
    const { app, page } = await startApp();
    await write(page);
    await until(
      () => page.getByTestId('status-truth').innerText(),
      (words) => words === 'Saved',
    );
    await answerWith(app, 'Stay');
    const ended = app.waitForEvent('close');
    await closeWindow(app);
    await ended;
  });
});

/** A device that takes no copy, and no relay in reach. */
async function startWithText(): Promise<StartedApp> {
  const started = await startApp();
  const { page } = started;
  await relayAddress(page);
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    window.fetch = () => Promise.reject(new TypeError('no relay in reach'));
  });
  await page.reload();
  await write(page);
  await until(
    () => page.getByTestId('status-truth').innerText(),
    (words) => words.startsWith('In this window only'),
  );
  return started;
}

async function write(page: Page): Promise<void> {
  await relayAddress(page);
  await page.getByTestId('new-document').first().click();
  await page.getByTestId('editor-host').locator('.cm-content').click();
  await page.keyboard.type('only here');
}

async function answerWith(app: ElectronApplication, answer: string): Promise<void> {
  await app.evaluate(
    ({ dialog }, { answers, chosen }) => {
      const asking: Asking = { questions: [], answer: answers.indexOf(chosen) };
      (globalThis as unknown as { asking: Asking }).asking = asking;
      dialog.showMessageBoxSync = (...given: unknown[]) => {
        const { message, buttons } = given[1] as { message: string; buttons: string[] };
        asking.questions.push(buttons.join() === answers.join() ? message : `other answers: ${buttons.join()}`);
        return asking.answer;
      };
    },
    { answers: ANSWERS, chosen: answer },
  );
}

function questions(app: ElectronApplication, count: number): Promise<string[]> {
  return until(
    () => app.evaluate(() => (globalThis as unknown as { asking: Asking }).asking.questions),
    (asked) => asked.length >= count,
  );
}

/** As a click on its close button. */
async function closeWindow(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => void setTimeout(() => BrowserWindow.getAllWindows()[0]?.close()));
}

/** In a turn of its own: an app that is gone never answers whoever asked it to go. */
async function quit(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ app: electron }) => void setTimeout(() => electron.quit()));
}

async function textOf(page: Page): Promise<string> {
  return (await page.getByTestId('editor-host').locator('.cm-line').allTextContents()).join('\n');
}
