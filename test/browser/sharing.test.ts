/** The share dialog in a real browser, with links that the test makes up: copying, keys, names, and how it looks. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { create } from 'qrcode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/shared/protocol/links';
import type { Link } from '../../src/shared/protocol/sharing';
import { describeWithChromium } from '../support/chromium';
import { until } from '../support/condition';
import { linkWith } from '../support/fake-links';
import { HarnessBrowser } from '../support/harness-browser';
import type { Scene, ShareHarness } from './share-harness/harness';

type WithHarness = { readonly harness: ShareHarness };

const HOUR = 3_600_000;
const pictures = process.env.WEFT_PICTURES;
const TEXT = '# Trip to Lisbon\n\nWe leave on **Friday** morning and are back on Tuesday. Who has the tickets?\n';
/** Where others reach it too. */
const ELSEWHERE = 'https://weft.example';
const OWNER: Partial<Scene> = { status: { access: 'links', isOwner: true }, key: { isOwner: true } };
let browser: HarnessBrowser;
const problems: (readonly string[])[] = [];

async function open(scene: Partial<Scene>, options: BrowserContextOptions = {}): Promise<Page> {
  const opened = await browser.openPage({ permissions: ['clipboard-read', 'clipboard-write'], locale: 'en-GB', ...options });
  problems.push(opened.problems);
  const whole: Scene = { relay: new URL(opened.page.url()).origin, title: 'Trip to Lisbon.md', text: TEXT, ...scene };
  await opened.page.evaluate((given) => (window as unknown as WithHarness).harness.open(given), whole);
  return opened.page;
}

async function openDialog(page: Page): Promise<Locator> {
  await page.getByTestId('share').click();
  const dialog = page.locator('dialog.share');
  await dialog.waitFor();
  return dialog;
}

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const linksAt = (page: Page) => page.evaluate(() => (window as unknown as WithHarness).harness.links());
const row = (dialog: Locator, name: string) => dialog.getByTestId('share-link').filter({ hasText: name });

async function copied(page: Page, button: Locator): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText('nothing yet'));
  await button.click();
  await until('it is copied', async () => (await clipboard(page)) !== 'nothing yet');
  return clipboard(page);
}

function several(): Link[] {
  const now = Date.now();
  const came = (...names: string[]) => names.map((name, index) => ({ name, at: now - (names.length - index) * HOUR }));
  return [
    linkWith({ id: 'a', role: 'editor', uses: 2, createdAt: now - 90 * HOUR, arrivals: came('Grace Hopper', 'Linus') }),
    linkWith({ id: 'b', label: 'For the class', mostUses: 5, uses: 3, expiresAt: now + 5 * HOUR, arrivals: came('Noor', 'Emil', '') }),
    linkWith({ id: 'c', role: 'editor', label: 'Old one', isRevoked: true, uses: 8, arrivals: came('Bo') }),
  ];
}

await describeWithChromium('sharing', () => {
  beforeAll(async () => {
    browser = await HarnessBrowser.open('share-harness');
  });
  afterEach(() => {
    expect(problems.splice(0).flat()).toEqual([]);
  });
  afterAll(() => browser?.close());

  describe('an owner', () => {
    it('copies a link for writing and one for reading, each the same at every copy, in either form', async () => {
      const page = await open(OWNER);
      const dialog = await openDialog(page);
      const write = dialog.getByRole('button', { name: 'Copy link: link for writing' });
      const read = dialog.getByRole('button', { name: 'Copy link: link for reading' });
      const [first, again, other] = [await copied(page, write), await copied(page, write), await copied(page, read)];
      expect(again).toBe(first);
      expect(parseAddress(first)?.secret).toMatch(/^secret-of-made-1-editor/);
      expect(parseAddress(other)?.secret).toMatch(/^secret-of-made-2-viewer/);
      await dialog.getByText('In the Weft app').click();
      const inApp = await copied(page, write);
      expect(inApp).toMatch(/^weft:\/\/join\//);
      expect(parseAddress(inApp)).toEqual(parseAddress(first));
      expect((await linksAt(page)).map(({ role, expiresAt, mostUses }) => [role, expiresAt, mostUses])).toEqual([
        ['editor', null, null],
        ['viewer', null, null],
      ]);
      await row(dialog, 'Link for writing').waitFor();
    });

    it('shows a QR code, dark on white in a dark theme too, with whole pixels and its quiet zone', async () => {
      const scene = { ...OWNER, relay: ELSEWHERE, links: several(), here: ['a'] };
      const page = await open(scene, { colorScheme: 'dark', deviceScaleFactor: 1 });
      const dialog = await openDialog(page);
      const code = dialog.getByRole('img', { name: 'QR code: link for writing' });
      await dialog.getByRole('button', { name: 'QR code: link for writing' }).click();
      await code.waitFor();
      const address = await copied(page, dialog.getByRole('button', { name: 'Copy link: link for writing' }));
      const { modules } = create(address, { errorCorrectionLevel: 'M' });
      const box = (await code.boundingBox()) ?? expect.unreachable();
      const modulePx = box.width / (modules.size + 8);
      expect([Number.isInteger(modulePx), box.height]).toEqual([true, box.width]);
      const lightness = await lightnessIn(page, await code.screenshot());
      for (let y = 0; y < modules.size; y++) {
        for (let x = 0; x < modules.size; x++) {
          const at = lightness(Math.floor((x + 4.5) * modulePx), Math.floor((y + 4.5) * modulePx));
          expect(at, `${x} ${y}`).toBe(modules.get(y, x) === 0 ? 255 : 0);
        }
      }
      expect(lightness(Math.floor(box.width / 2), Math.floor(3.5 * modulePx))).toBe(255);
      await row(dialog, 'Link for writing').getByRole('button', { expanded: false }).click();
      await dialog.getByRole('button', { name: 'Revoke…' }).click();
      await dialog.getByRole('button', { name: 'Revoke for ever' }).click();
      // What it shows would open nothing.
      await code.waitFor({ state: 'detached' });
    });

    it('makes a link with a limit, which is copied at once, and is told what is wrong with a date', async () => {
      const page = await open(OWNER);
      const dialog = await openDialog(page);
      await dialog.getByTestId('new-link').click();
      await dialog.getByLabel('Name, for you alone').fill('  For the printer ');
      await dialog.getByLabel('Ends').selectOption('date');
      await dialog.getByLabel('Date and time').fill('2020-01-01T10:00');
      await dialog.getByLabel('For', { exact: true }).selectOption('1');
      // The platform's own check of the field comes first; what it lets pass is ours to say.
      await dialog.locator('input[type=datetime-local]').evaluate((field) => field.removeAttribute('min'));
      await dialog.getByRole('button', { name: 'Make and copy' }).click();
      await dialog.getByText('That moment is over; choose a later one.').waitFor();
      await dialog.getByLabel('Ends').selectOption('day');
      const address = await copied(page, dialog.getByRole('button', { name: 'Make and copy' }));
      expect(parseAddress(address)?.secret).toMatch(/^secret-of-made-1-viewer/);
      const [made] = await linksAt(page);
      expect(made).toMatchObject({ role: 'viewer', label: 'For the printer', mostUses: 1 });
      expect((made?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(23.9 * HOUR);
      await row(dialog, 'For the printer').getByText('0 of 1 came').waitFor();
      expect(await dialog.getByRole('status').filter({ hasText: 'The new link is copied.' }).count()).toBe(1);
    });

    it('sees who came by which link and when, changes one, revokes it after a question, and takes it from the list', async () => {
      const page = await open({ ...OWNER, links: several(), here: ['a', 'b'] });
      const dialog = await openDialog(page);
      const link = row(dialog, 'For the class');
      await link.getByRole('button', { expanded: false }).click();
      expect(await link.getByRole('list', { name: 'Who came by this link' }).getByRole('listitem').allTextContents()).toEqual([
        expect.stringMatching(/^somebody without a name/),
        expect.stringMatching(/^Emil/),
        expect.stringMatching(/^Noor/),
      ]);
      await link.getByText('write', { exact: true }).click();
      await link.getByText('Everyone who came by it can write from then on.').waitFor();
      expect((await linksAt(page))[1]?.role).toBe('viewer');
      await link.getByRole('button', { name: 'Save' }).click();
      await link.getByText('Can write').waitFor();
      expect((await linksAt(page))[1]).toMatchObject({ role: 'editor', label: 'For the class', isRevoked: false });

      await link.getByRole('button', { expanded: false }).click();
      await link.getByRole('button', { name: 'Revoke…' }).click();
      await link.getByText('All 3 people who came by it are shut out within two seconds').waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it');
      expect((await linksAt(page))[1]?.isRevoked).toBe(false);
      await link.getByRole('button', { name: 'Revoke for ever' }).click();
      await dialog.getByText('2 links that open nothing any more').click();
      await row(dialog, 'For the class').getByText('revoked').waitFor();
      await row(dialog, 'Old one').getByRole('button', { expanded: false }).click();
      await dialog.getByRole('button', { name: 'Take it from the list' }).click();
      await dialog.getByText('1 link that opens nothing any more').waitFor();
      expect((await linksAt(page)).map(({ label }) => label)).toEqual(['', 'For the class']);
    });

    it('without the relay reads one sentence with one thing to do, and sees the links when it is back', async () => {
      const page = await open({ ...OWNER, links: several() });
      await page.evaluate(() => (window as unknown as WithHarness).harness.fail('unreachable', 'The relay cannot be reached.'));
      const dialog = await openDialog(page);
      await dialog.getByText('The relay cannot be reached. Links are kept there, and are back when it is.').waitFor();
      expect(await dialog.getByRole('button').allTextContents()).toEqual(['', 'Try again']);
      await page.evaluate(() => (window as unknown as WithHarness).harness.recover());
      await dialog.getByRole('button', { name: 'Try again' }).click();
      await row(dialog, 'For the class').waitFor();
    });

    it('sees the list anew when the window gets the focus again', async () => {
      const page = await open({ ...OWNER, links: several() });
      const dialog = await openDialog(page);
      await row(dialog, 'For the class').getByText('3 of 5 came').waitFor();
      await page.evaluate(
        (links) => (window as unknown as WithHarness).harness.setLinks(links),
        several().map((link) => ({ ...link, uses: 5 })),
      );
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      await row(dialog, 'For the class').getByText('5 of 5 came').waitFor();
    });

    it('deletes the document after a question that says what is lost; it is gone from the list too', async () => {
      const page = await open({ ...OWNER, links: several() });
      const dialog = await openDialog(page);
      await dialog.getByRole('button', { name: 'Delete this document…' }).click();
      const question = page.getByRole('dialog', { name: 'Delete this document' });
      await question.getByText('what the devices of the others have kept stays with them').waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it');
      expect(await page.evaluate(() => (window as unknown as WithHarness).harness.isDeleted())).toBe(false);
      await question.getByRole('button', { name: 'Delete for everyone' }).click();
      await page.getByRole('heading', { name: 'Write together.' }).waitFor();
      expect(await page.evaluate(() => (window as unknown as WithHarness).harness.isDeleted())).toBe(true);
      await page.getByText('Documents that you open are listed here.').waitFor();
    });
  });

  describe('everyone else', () => {
    it.each([
      [
        'passes on the link that they came by',
        { status: { access: 'links', role: 'viewer' }, key: { link: 'the-link-of-this-reader-x' } },
        'the-link-of-this-reader-x',
      ],
      ['hands on the address under open access', { status: { access: 'open' } }, ''],
    ] as const)('%s', async (_what, scene, secret) => {
      const page = await open(scene);
      const dialog = await openDialog(page);
      const address = await copied(page, dialog.getByRole('button', { name: /^Copy (link|address)/ }));
      expect(parseAddress(address)?.secret).toBe(secret);
      expect(await dialog.getByTestId('new-link').count()).toBe(0);
      expect(await dialog.getByText('opened at an address of this computer only').count()).toBe(1);
      // Another device could do nothing with it.
      expect(await dialog.getByRole('button', { name: /^QR code/ }).count()).toBe(0);
    });

    it('can copy by hand where the browser does not let the page copy', async () => {
      const page = await open({ status: { access: 'open' } });
      await page.evaluate(() => {
        navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
        document.execCommand = () => false;
      });
      const dialog = await openDialog(page);
      await dialog.getByRole('button', { name: /^Copy address/ }).click();
      const field = dialog.getByLabel('copy it from here');
      await field.waitFor();
      const selected = await field.evaluate((input: HTMLInputElement) =>
        input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
      );
      expect(parseAddress(selected)).toBeDefined();
    });
  });

  it('is used by keys alone: opened, walked, copied from, closed, and the focus comes back', async () => {
    const page = await open({ ...OWNER, relay: ELSEWHERE, links: several(), here: ['a'] });
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Shift+C');
    await page.locator('dialog.share').waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
    expect(await focused()).toBe('Copy link: link for writing');
    await page.keyboard.press('Enter');
    await until('it is copied', async () => /#secret-of-a/.test(await clipboard(page)));
    const walked: string[] = [];
    for (let steps = 0; steps < 9; steps++) {
      await page.keyboard.press('Tab');
      walked.push(await focused());
    }
    expect(walked).toEqual([
      'QR code: link for reading',
      'Copy link: link for reading',
      '', // Which form of address: two choices, one stop.
      'New link',
      expect.stringContaining('For the class'),
      expect.stringContaining('Link for writing'),
      'Copy: Link for writing',
      '1 link that opens nothing any more',
      'Delete this document…',
    ]);
    await page.keyboard.press('Escape');
    await page.locator('dialog.share').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.classList.contains('cm-content'))).toBe(true);
  });

  const long: Partial<Scene> = {
    ...OWNER,
    title: 'A rather long title of a document that nobody will ever be able to read whole.md',
    links: [
      linkWith({ id: 'w', label: 'W'.repeat(64), uses: 12_345, mostUses: 99_999, expiresAt: 4_102_444_800_000 }),
      linkWith({ id: 'n', label: 'A label with many words that goes on and on', uses: 1, arrivals: [{ name: 'N'.repeat(64), at: 1 }] }),
      ...Array.from({ length: 50 }, (_, index) =>
        linkWith({ id: `x${index}`, label: index % 3 === 0 ? '' : `Team ${index}`, uses: index }),
      ),
    ],
    here: ['w', 'x1'],
  };
  const scenes: readonly [string, Partial<Scene>][] = [
    ['elsewhere', { ...OWNER, relay: ELSEWHERE, links: several(), here: ['a', 'b'] }],
    ['several', { ...OWNER, links: several(), here: ['a', 'b'] }],
    ['empty', OWNER],
    ['long', long],
    ['reader', { status: { access: 'links', role: 'viewer' }, key: { link: 'the-link-of-this-reader-x' } }],
    ['alone', { status: { access: 'links' }, key: {} }],
    ['not-yet', { status: { access: 'unknown', connection: { state: 'waiting', retryAt: 0, reason: undefined } } }],
  ];
  it.each(scenes)('fits into wide and narrow windows, and everything in it has a name: %s', async (name, scene) => {
    const page = await open(scene, { deviceScaleFactor: 2 });
    const dialog = await openDialog(page);
    if (name === 'long') await row(dialog, 'A label with').getByRole('button', { expanded: false }).click();
    for (const width of [1000, 390, 320]) {
      await page.setViewportSize({ width, height: 740 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        if (pictures !== undefined) await page.screenshot({ path: `${pictures}/share-${name}-${width}-${colorScheme}.png` });
      }
      expect(await dialog.evaluate(poorIn), `${width} pixels`).toEqual([]);
      expect(await dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    }
  });
});

/** What sticks out of the dialog, and what a screen reader would have no word for. Runs in the page. */
function poorIn(root: Element): string[] {
  const within = root.getBoundingClientRect();
  const shown = [...root.querySelectorAll<HTMLElement>('*')].filter((element) => element.checkVisibility());
  const outside = shown.filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 1 && (left < within.left - 1 || right > within.right + 1);
  });
  const nameless = shown.filter((element) => {
    if (!element.matches('button, input, select, summary')) return false;
    const labels = 'labels' in element ? [...((element.labels as NodeListOf<HTMLLabelElement> | null) ?? [])] : [];
    const words = [element.getAttribute('aria-label'), element.textContent, ...labels.map(({ textContent }) => textContent)];
    return words.every((word) => (word ?? '').trim() === '');
  });
  return [...outside, ...nameless].map(({ outerHTML }) => outerHTML.slice(0, 120));
}

/** Reads a picture in the page that showed it: there is no other decoder here. */
async function lightnessIn(page: Page, png: Buffer): Promise<(x: number, y: number) => number> {
  const { width, data } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
    return { width: bitmap.width, data: [...pixels].filter((_, index) => index % 4 === 1) };
  }, png.toString('base64'));
  return (x, y) => data[y * width + x] ?? Number.NaN;
}
