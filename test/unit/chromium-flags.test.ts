import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { CHROMIUM_FLAGS } from '../support/chromium';

it('what Playwright turns off in Chromium stays off, with the list that replaces its own', async () => {
  // Node is no browser: the start fails at once, and says with which arguments.
  const failure = await chromium.launch({ executablePath: process.execPath }).then(
    () => expect.unreachable(),
    (error: unknown) => String(error),
  );
  const [, byPlaywright = ''] = /--disable-features=(\S+)/.exec(failure) ?? [];
  const ours = CHROMIUM_FLAGS.flatMap((flag) => /^--disable-features=(.*)/.exec(flag)?.[1]?.split(',') ?? []);
  expect(byPlaywright.split(',').length).toBeGreaterThan(5);
  expect(ours).toEqual(expect.arrayContaining(byPlaywright.split(',')));
});
