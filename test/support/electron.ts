/** The built app in a real Electron, for tests; where there is none, its tests are skipped and say why. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { describe, onTestFinished } from 'vitest';
import { programIn } from '../../scripts/electron-runtime.mjs';
import { getElectron } from '../../scripts/get-electron.mjs';
import { hasDisplay, startXvfb } from '../../scripts/xvfb.mjs';
import type { Bridge, BundledRelay } from '../../src/shared/bridge';
import { keepOutput } from './log-folder';
import { registerRelayKey, watchBrowser } from './watch-browser';

export const APP_FOLDER = resolve(import.meta.dirname, '../..');

const LAUNCHER = join(import.meta.dirname, 'electron-launcher.mjs');
const WAITS_MS = 20_000;

/** What the page has on its `window`, for code that runs in it. */
export type PageWindow = { readonly bridge: Bridge };

export interface StartedApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly userData: string;
  /** What the main process wrote to its terminal. */
  readonly output: () => string;
  readonly quit: () => Promise<void>;
}

let display: Promise<string | undefined> | undefined;

/** Starts the app on its own user data (a given folder: as after a restart); ended when the test is over. */
export async function startApp({ userData = userDataForTest(), args = [] as readonly string[] } = {}): Promise<StartedApp> {
  const app = await launch([...(await appArguments(userData)), ...args]);
  let output = '';
  watchBrowser(app.context());
  keepOutput('app', app.process().stdout, app.process().stderr);
  app.process().stderr?.on('data', (chunk) => {
    output += String(chunk);
  });
  let isOpen = true;
  app.once('close', () => {
    isOpen = false;
  });
  const quit = async (): Promise<void> => {
    if (isOpen) await app.close();
  };
  onTestFinished(quit);
  onTestFinished(() => registerRelayKey(join(userData, 'relay')));
  const page = await app.firstWindow();
  await page.waitForLoadState();
  return { app, page, userData, output: () => output, quit };
}

async function launch(args: string[]): Promise<ElectronApplication> {
  const program = programIn(await getElectron());
  const env = { ...(await environment()), WEFT_ELECTRON: program };
  return _electron.launch({ executablePath: process.platform === 'win32' ? program : LAUNCHER, args, env });
}

/** The arguments of a start, as a person's shell would give them. */
export async function appArguments(userData: string): Promise<string[]> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [...asRoot, '--disable-gpu', `--user-data-dir=${userData}`, APP_FOLDER];
}

export async function environment(): Promise<Record<string, string>> {
  display ??= hasDisplay() ? Promise.resolve(undefined) : startXvfb().then((started) => started.display);
  const found = await display;
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(kept), ...(found === undefined ? {} : { DISPLAY: found }) };
}

export function userDataForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-user-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The bundled relay's address, once it runs. */
export async function relayAddress(page: Page): Promise<string> {
  const relay = await until(
    () => page.evaluate(() => (window as unknown as PageWindow).bridge.bundledRelay()),
    (state: BundledRelay) => state.status === 'running',
  );
  return relay.status === 'running' ? relay.address : '';
}

/** The process of the bundled relay, as the main process knows it. */
export function relayPid(app: ElectronApplication): Promise<number> {
  return app.evaluate(({ app: electron }) => electron.getAppMetrics().find(({ name }) => name === 'Weft relay')?.pid ?? -1);
}

/** Asks again until the answer is right; the last answer is in the error. */
export async function until<T>(ask: () => T | Promise<T>, isRight: (answer: T) => boolean, withinMs = WAITS_MS): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Not so within ${withinMs} ms; at last it was ${JSON.stringify(answer)}.`);
    await new Promise((resolvePromise) => setTimeout(resolvePromise, 50));
  }
}

/** Like `describe`; without an Electron the name says in one line why nothing of it ran. */
export async function describeWithElectron(name: string, suite: () => void): Promise<void> {
  const reason = await getElectron()
    .then(environment)
    .then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  if (reason === undefined) describe(name, suite);
  else if ((process.env.WEFT_REQUIRE ?? '').split(',').includes('electron')) throw new Error(`WEFT_REQUIRE=electron: ${reason}`);
  else describe.skip(`${name} (not run: ${reason})`, suite);
}
