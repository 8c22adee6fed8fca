import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { until } from '../support/condition';
import { readDisk } from '../support/disk-reading';
import { type EditorPage, endPages, openPerson, untilEqual } from '../support/editor-page';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients } from '../support/stock-client';

const ROUNDS = 40;
const TOKENS_BEFORE_KILL = 6;
const TOKENS_AFTER_KILL = 4;
/** A playwright never draws breath; a person does, and *Saved* is said then. */
const TOKENS_BETWEEN_BREATHS = 3;
let browser: Browser;

await describeWithChromium('two people in two browsers', () => {
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

  async function openBoth(address: string): Promise<[EditorPage, EditorPage]> {
    const [ada, ben] = await Promise.all([openPerson(browser, address), openPerson(browser, address)]);
    await Promise.all([ada.ready(), ben.ready()]);
    await Promise.all([ada.callMyself('Ada'), ben.callMyself('Ben')]);
    return [ada, ben];
  }

  it('see each other, type at once in title and text, end equal, and undo their own alone', async () => {
    const random = randomFrom(seedFromEnvironment());
    const relay = await startRelayProcess();
    const [ada, ben] = await openBoth(`${relay.address}/d/both`);
    await until('both see each other', async () => `${await ada.people()} ${await ben.people()}` === 'Ben Ada');

    for (const person of [ada, ben]) await person.page.getByTestId('title-input').focus();
    await Promise.all([ada.type('minutes'), ben.type('PLAN')]);
    await Promise.all([ada.focusText(), ben.focusText()]);
    // Letters only and nothing deleted: whatever is missing in the end was lost.
    const typed = { ada: '', ben: '' };
    for (let round = 0; round < ROUNDS; round++) {
      const [one, other] = [letter(random, 'a'), letter(random, 'A')];
      typed.ada += one;
      typed.ben += other;
      await Promise.all([ada.press(wander(random), one), ben.press(wander(random), other)]);
    }
    const text = await untilEqual(ada, ben);
    expect(sorted(text.replaceAll('\n', ''))).toBe(sorted(typed.ada + typed.ben));
    expect(sorted(await ada.title())).toBe(sorted('minutesPLAN'));
    expect(await ben.page.title()).toBe(`${await ada.title()} — Weft`);
    expect(await ben.documents()).toEqual([await ada.title()]);

    await until('Ada sees where Ben is', async () => (await ada.page.locator('.remote-caret:visible').count()) === 1);
    expect(await ada.page.locator('.remote-flag').allTextContents()).toEqual(['Ben']);

    await ada.press('Control+Home');
    await ben.press('Control+End');
    await Promise.all([ada.type('only ada'), ben.type('ONLY BEN')]);
    await untilEqual(ada, ben);
    await ada.press('Control+z');
    expect(await untilEqual(ada, ben)).toBe(`${text}ONLY BEN`);
    for (let presses = 0; presses < 2 * ROUNDS; presses++) await ada.press('Control+z');
    expect(sorted((await untilEqual(ada, ben)).replaceAll('\n', ''))).toBe(sorted(`${typed.ben}ONLY BEN`));
    expect(await ada.page.locator('.remote-caret').count()).toBe(1);

    await ben.context.close();
    await until('Ben is gone', async () => (await ada.people()).length === 0);
  });

  it('lose nothing that was shown as saved when the relay is killed while both type, and end equal when it is back', async () => {
    const relay = await startRelayProcess();
    const [ada, ben] = await openBoth(`${relay.address}/d/killed`);
    await ada.typeAtEnd('\n');
    await until('both lines are there', async () => (await ben.text()) === '\n');
    await ada.focusText();
    await ada.press('Control+Home');
    await ben.focusText();
    await ben.press('Control+End');

    let isKilled = false;
    const [byAda, byBen] = [new TypedTokens('a'), new TypedTokens('b')];
    const typing = Promise.all([typeTokens(ada, byAda), typeTokens(ben, byBen)]);
    async function typeTokens(person: EditorPage, { next, typed, claimed }: TypedTokens): Promise<void> {
      for (let after = 0; after < TOKENS_AFTER_KILL; after += isKilled ? 1 : 0) {
        await person.type(next());
        const lookAtClaim = async (): Promise<boolean> => {
          const { truth, text } = await person.claim();
          if (truth === 'Saved') for (const token of typed) if (text.includes(token)) claimed.add(token);
          return truth === 'Saved';
        };
        if (typed.length % TOKENS_BETWEEN_BREATHS > 0) await lookAtClaim();
        else await until('it is shown as saved', async () => isKilled || (await lookAtClaim()));
      }
    }
    await until('much was shown as saved', () => Math.min(byAda.claimed.size, byBen.claimed.size) >= TOKENS_BEFORE_KILL);
    await relay.kill9();
    isKilled = true;
    await typing;

    const disk = await readDisk(relay, 'killed');
    expect([...byAda.claimed, ...byBen.claimed].filter((token) => !disk.text.includes(token))).toEqual([]);
    // Else nothing was under way when the relay was killed.
    expect([...byAda.typed, ...byBen.typed].filter((token) => !disk.text.includes(token))).not.toEqual([]);
    await ada.saysTruth(/^On this device/);
    await ada.saysConnection(/^Offline/);

    await relay.startAgain();
    const text = await untilEqual(ada, ben);
    expect(text).toBe(`${byAda.typed.join('')}\n${byBen.typed.join('')}`);
  });

  it('are told why when something is larger than the relay takes; the text stays on the device', async () => {
    const relay = await startRelayProcess({ flags: ['--limit-document-bytes', '100000'] });
    const [ada, ben] = await openBoth(`${relay.address}/d/large`);
    await ada.typeAtEnd('small;');
    await untilEqual(ada, ben);

    const large = Array.from({ length: 3_000 }, (_, line) => `line ${line} of a text that is too large\n`).join('');
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ada.page.evaluate((words) => navigator.clipboard.writeText(words), large);
    await ada.press('Control+End', 'Control+v');
    const notice = ada.page.locator('.notice.danger');
    await notice.waitFor();
    expect(await notice.locator('p').textContent()).toBe('This is larger than the relay accepts; your text stays on this device.');
    await ada.saysTruth(/^On this device/);
    await ada.saysConnection('Refused by the relay');
    expect(await ben.text()).toBe('small;');

    await ada.page.reload();
    await ada.ready();
    expect(await ada.copiedText()).toBe(`small;${large}`);
    await notice.waitFor();
    await ada.saysTruth(/^On this device/);
    await ben.typeAtEnd('ben goes on;');
    await ben.settled();
    expect(await ben.text()).toBe('small;ben goes on;');
  });
});

/** What one person types, in pieces that can be found again, and which of them were shown as saved. */
class TypedTokens {
  readonly typed: string[] = [];
  readonly claimed = new Set<string>();
  readonly next: () => string;

  constructor(mark: string) {
    this.next = () => {
      const token = `${mark}${this.typed.length};`;
      this.typed.push(token);
      return token;
    };
  }
}

function letter(random: () => number, from: string): string {
  return String.fromCharCode(from.charCodeAt(0) + below(random, 26));
}

/** Somewhere else in the text, or one line more. */
function wander(random: () => number): string {
  return pick(random, ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Control+Home', 'Control+End', 'Enter']);
}

function sorted(letters: string): string {
  return [...letters].sort().join('');
}
