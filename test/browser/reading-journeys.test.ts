/** Reading along as people do it, with a real relay: by a link for reading, each with a browser of their own. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Role } from '../../src/shared/protocol/roles';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson } from '../support/editor-page';
import { GuardedRelay } from '../support/guarded-relay';
import { endRelays } from '../support/relay-process';

const pictures = process.env.WEFT_PICTURES;
const LINES = Array.from({ length: 160 }, (_, index) => `Line ${index} of the minutes.`);
let browser: Browser;

await describeWithChromium('whoever reads along', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    await endRelays();
    expect(problems.filter((problem) => !EXPECTED.test(problem))).toEqual([]);
  });
  afterAll(() => browser?.close());

  /** A writer and a reader of the same document, and the links that they came by. */
  async function openBoth(): Promise<{ relay: GuardedRelay; writer: EditorPage; reader: EditorPage; writing: string }> {
    const relay = await GuardedRelay.start();
    const made = await relay.create();
    const address = async (role: Role) => `${relay.process.address}/d/${made.document}#${(await relay.link(made, { role })).secret}`;
    const [writing, reading] = [await address('editor'), await address('viewer')];
    const writer = await (await openPerson(browser, writing)).ready();
    await writer.callMyself('Wim');
    await writer.page.getByTestId('title-input').fill('Minutes.md');
    await writer.page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.querySelector('.cm-content')?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, LINES.join('\n'));
    await writer.settled();
    // The name that one comes by is the one that others see.
    const reader = await openPerson(browser, relay.process.address);
    await reader.callMyself('Rita');
    await reader.openAddress(reading);
    await reader.ready();
    return { relay, writer, reader, writing };
  }
  const shows = (person: EditorPage, words: string) =>
    until(`“${words}” is shown`, () => person.page.getByText(words, { exact: true }).isVisible());

  it('is told so, lets nothing in, follows a writer, and is at the writer’s next line without doing anything', async () => {
    const { writer, reader } = await openBoth();
    await shows(reader, 'Line 0 of the minutes.');
    await reader.page.getByText('You are reading; ask the owner for a link that lets you write.').waitFor();
    await reader.saysTruth('Reading · up to date');
    expect(await reader.page.getByTestId('title-input').getAttribute('readonly')).not.toBeNull();
    await reader.focusText();
    await reader.type('mine');
    await reader.page.getByTestId('title-input').focus();
    await reader.type('mine');
    await writer.focusText();
    await writer.press('Control+End', 'Enter');
    await writer.type('Any other business?');
    await reader.page.getByTestId('people').getByRole('button', { name: 'Wim: follow' }).click();
    await shows(reader, 'Any other business?');
    await writer.press('Control+Home');
    await writer.type('# ');
    await until('the reader is at the top', () => reader.page.getByText('# Line 0 of the minutes.').isVisible());
    if (pictures !== undefined) await reader.page.screenshot({ path: join(pictures, 'journey-following.png') });
    await reader.page.mouse.move(500, 400);
    await reader.page.mouse.wheel(0, 2_000);
    await until('nobody is followed', async () => (await reader.page.getByTestId('following').count()) === 0);
    expect(await writer.title()).toBe('Minutes.md');
    expect(await reader.page.getByTestId('title-input').inputValue()).toBe('Minutes.md');
    expect(await writer.copiedText()).toBe(['# Line 0 of the minutes.', ...LINES.slice(1), 'Any other business?'].join('\n'));
  });

  it('is listed where they read, for whoever knows the document and has another one open', async () => {
    const { relay, writer, reader } = await openBoth();
    await writer.newDocument();
    const minutes = writer.page.getByTestId('document-list').getByRole('button', { name: /^Minutes\.md/ });
    await until('the reader is listed', async () => (await minutes.textContent())?.includes('Rita reads') ?? false);
    await reader.context.close();
    await until('the reader is gone', async () => !(await minutes.textContent())?.includes('Rita'));
    await relay.process.kill9();
    await writer.saysConnection(/^Offline/);
    expect(await writer.page.getByTestId('attendees').count()).toBe(0);
  });

  it('asks the doctor how the line is, and is told until when they saw the text when the relay is gone', async () => {
    const { relay, reader } = await openBoth();
    await reader.saysTruth('Reading · up to date');
    await reader.page.getByTestId('status-connection').click();
    await reader.page.getByText('Everything that reading needs works.').waitFor();
    await reader.page.getByText('connected by an event stream').waitFor();
    if (pictures !== undefined) await reader.page.screenshot({ path: join(pictures, 'journey-doctor.png') });
    await reader.press('Escape');
    await relay.process.kill9();
    await reader.saysTruth(/^Reading · last seen \d/);
    await reader.page.getByTestId('status-connection').click();
    await reader.page.getByTestId('verdict').getByText('The relay cannot be reached; check the network and the address.').waitFor();
    await shows(reader, 'Line 0 of the minutes.');
  });

  it('writes without a reload once the role is another, by a link for writing', async () => {
    const { writer, reader, writing } = await openBoth();
    await reader.saysTruth('Reading · up to date');
    await reader.page.getByRole('button', { name: 'Use another link…' }).click();
    await reader.page.getByTestId('another-link').fill(writing);
    await reader.press('Enter');
    await until('the bar is gone', async () => (await reader.page.locator('.notice.quiet').count()) === 0);
    await writer.focusText();
    await writer.press('Control+Home');
    await reader.focusText();
    await reader.press('Control+Home');
    await until('it is written', async () => {
      await reader.type('!');
      return await writer.page.getByText(/^!+Line 0 of the minutes\.$/).isVisible();
    });
  });
});

/** What browsers say about requests that are answered by 401, as one has to be before a link is exchanged. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|403|404|409)/;
