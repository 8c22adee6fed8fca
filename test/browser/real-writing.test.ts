import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type EditorPage, endPages, openPerson } from '../support/editor-page';
import { typeAsRecorded } from '../support/recorded-typist';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { readSingleTypist, readTwoTypists } from '../support/traces';

/** On a busy machine; a quiet one needs a tenth. */
const SHOWN_MS = 90_000;
const TEST_MS = 200_000;
/**
 * Who watches one person comes when so much is written: what came before goes to the page as one, what comes after edit by edit. That
 * is the slower part, and still what people write in a quarter of an hour; edit by edit from the first on is in traces.test.ts.
 */
const COMES_AFTER = 0.985;
let browser: Browser;

await describeWithChromium('real writing, sent by stock clients, in the editor', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const problems = await endPages();
    endStockClients();
    await endRelays();
    expect(problems).toEqual([]);
  });
  afterAll(() => browser?.close());

  it(
    'of two people at once ends exactly the same for whoever watched and for whoever came afterwards',
    async () => {
      const trace = readTwoTypists();
      const relay = await startRelayProcess({ flags: ['--no-limits'] });
      const watching = await (await openPerson(browser, `${relay.address}/d/friends`)).ready();
      const typists = [0, 1].map(() => new StockClient(relay.webSocketAddress, 'friends'));
      await Promise.all(typists.map((typist) => typist.synced()));
      await Promise.all(typists.map((typist, agent) => typeAsRecorded(trace, agent as 0 | 1, typist)));
      for (const typist of typists) await typist.shows(trace.endContent, 60_000);
      await untilCopied(watching, trace.endContent);
      const late = await (await openPerson(browser, `${relay.address}/d/friends`)).ready();
      await untilCopied(late, trace.endContent);
    },
    TEST_MS,
  );

  it(
    'of one person, 260,000 edits long, ends exactly the same for whoever came in the middle and for whoever came afterwards',
    async () => {
      const trace = readSingleTypist('automerge-paper');
      const relay = await startRelayProcess({ flags: ['--no-limits'] });
      const writer = await new StockClient(relay.webSocketAddress, 'paper').synced();
      let middle: EditorPage | undefined;
      let sent = 0;
      for (const _ of trace.typeInto(writer.content)) {
        sent++;
        if (sent === Math.floor(trace.edits * COMES_AFTER)) middle = await (await openPerson(browser, `${relay.address}/d/paper`)).ready();
        // Lets what comes back be read, as it is while a person types.
        if (sent % 2_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(writer.text).toBe(trace.endContent);
      if (middle === undefined) throw new Error('nobody came in the middle');
      await untilCopied(middle, trace.endContent);
      const late = await (await openPerson(browser, `${relay.address}/d/paper`)).ready();
      await untilCopied(late, trace.endContent);
      await late.settled();
    },
    TEST_MS,
  );
});

/** The whole text as a person gets it. */
async function untilCopied(person: EditorPage, wanted: string): Promise<void> {
  await until('the page has the whole text', async () => (await person.copiedText()) === wanted, SHOWN_MS).catch(() => undefined);
  expect(await person.copiedText()).toBe(wanted);
}
