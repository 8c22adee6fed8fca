/** A real Chromium, found as the product's tests find it. */
import { type Browser, chromium } from 'playwright-core';
import { getChromium } from '../../../scripts/get-chromium.mjs';

/** Nothing of its own on the network; able to run as root in a container; no pause for what it takes for hidden. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
];

export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await getChromium(), args: FLAGS });
}
