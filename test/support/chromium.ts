/** A real Chromium for tests; where there is none, its tests are skipped and say why. */
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';
import { getChromium } from '../../scripts/get-chromium.mjs';
import { watchBrowser } from './watch-browser';

/** Playwright's own list: Chromium heeds the last one alone, so it is said again. A test compares. */
const OFF_BY_PLAYWRIGHT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
];

/** Two pages behind the address bar of each tab, where nobody sees an address bar: half of what it costs to open a tab. */
const OFF_FOR_SPEED = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** Nothing of its own on the network, and able to run as root in a container. */
export const CHROMIUM_FLAGS: readonly string[] = [
  `--disable-features=${[...OFF_BY_PLAYWRIGHT, ...OFF_FOR_SPEED]}`,
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** By what they were started with. Playwright ends them with this process. */
const running = new Map<string, Promise<Browser>>();

/**
 * One of a kind for all files of this process: a start costs as much as many tests. Closing it closes what the file opened in it.
 * @param ignore flags that Playwright adds by itself, such as the one that hides scroll bars.
 */
export function launchChromium(flags: readonly string[] = [], ignore: readonly string[] = []): Promise<Browser> {
  const kind = JSON.stringify([flags, ignore]);
  const launched = running.get(kind) ?? launch(kind, flags, ignore);
  running.set(kind, launched);
  return launched;
}

async function launch(kind: string, flags: readonly string[], ignore: readonly string[]): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: await getChromium(),
    args: [...CHROMIUM_FLAGS, ...flags],
    ignoreDefaultArgs: [...ignore],
  });
  browser.once('disconnected', () => running.delete(kind));
  const newContext = browser.newContext.bind(browser);
  // Pages come from their relays, unless a test is about those that are kept.
  browser.newContext = async (options) => watchBrowser(await newContext({ serviceWorkers: 'block', ...options }));
  browser.close = async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  };
  return browser;
}

/** Like `describe`; without a Chromium the name says in one line why nothing of it ran. */
export async function describeWithChromium(name: string, suite: () => void): Promise<void> {
  const reason = await getChromium().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (reason === undefined) describe(name, suite);
  else if (isRequired()) throw new Error(`WEFT_REQUIRE=chromium: ${reason}`);
  else describe.skip(`${name} (not run: ${reason})`, suite);
}

function isRequired(): boolean {
  return (process.env.WEFT_REQUIRE ?? '').split(',').includes('chromium');
}
