/**
 * The editor in a page of a real browser, as a person has it: typed into by keys, read from what is shown. Every page
 * collects what its console complains about; {@link endPages} hands it over.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { until } from './condition';

const open = new Set<EditorPage>();
/** What the browser itself says about a relay that is gone, and about every page over plain HTTP: no fault of the page. */
const OF_THE_BROWSER =
  /^Failed to load resource: net::ERR_|^WebSocket connection to '.*' failed|^The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy/;

/** A person with a browser of their own: nothing is shared with others but the relay. */
export async function openPerson(browser: Browser, address: string, options?: BrowserContextOptions): Promise<EditorPage> {
  return openTab(await browser.newContext(options), address);
}

/** One more tab of a browser: the same offline copies, the same settings. */
export async function openTab(context: BrowserContext, address: string): Promise<EditorPage> {
  const person = new EditorPage(await context.newPage());
  await person.goTo(address);
  return person;
}

/** For `afterEach`: closes all browsers of the test; returns every error of every page, breaches of its policy included. */
export async function endPages(): Promise<string[]> {
  const pages = [...open];
  open.clear();
  for (const context of new Set(pages.map(({ page }) => page.context()))) await context.close();
  return pages.flatMap(({ problems }) => problems);
}

/** Where what a person typed is, as the status bar says, and the text that was shown beside it at the same moment. */
export interface Claim {
  readonly truth: string;
  readonly text: string;
}

export class EditorPage {
  readonly page: Page;
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !OF_THE_BROWSER.test(message.text())) this.problems.push(message.text());
    });
    open.add(this);
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(address);
    await this.page.locator('#app > *').first().waitFor();
  }

  /** Until the text can be written into. */
  async ready(): Promise<this> {
    await this.page.locator('.cm-content').waitFor();
    return this;
  }

  async focusText(): Promise<void> {
    await this.page.locator('.cm-content').focus();
  }

  /** Types at the cursor, key by key. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async typeAtEnd(text: string): Promise<void> {
    await this.focusText();
    await this.press('Control+End');
    await this.type(text);
  }

  /** What is drawn. @throws for a text so long that not all of it is. */
  async text(): Promise<string> {
    return (await this.claim()).text;
  }

  /** Read in one go: no keystroke and no frame lies between the two. */
  async claim(): Promise<Claim> {
    return await this.page.evaluate(() => {
      if (document.querySelector('.cm-gap') !== null) throw new Error('only a part of the text is drawn: copy it');
      const lines = [...document.querySelectorAll('.cm-line')].map((line) =>
        line.querySelector('.cm-placeholder') === null ? (line.textContent ?? '') : '',
      );
      return { truth: document.querySelector('[data-testid=status-truth]')?.textContent ?? '', text: lines.join('\n') };
    });
  }

  /** What a person gets who selects all and copies, however long it is. */
  async copiedText(): Promise<string> {
    await this.focusText();
    await this.page.evaluate(() => {
      document.addEventListener(
        'copy',
        (event) => {
          document.body.dataset.copied = event.clipboardData?.getData('text/plain') ?? '';
        },
        { once: true },
      );
    });
    await this.press('Control+a', 'Control+c');
    return await this.page.evaluate(() => {
      const { copied } = document.body.dataset;
      delete document.body.dataset.copied;
      if (copied === undefined) throw new Error('nothing was copied');
      return copied;
    });
  }

  async title(): Promise<string> {
    return await this.page.getByTestId('title-input').inputValue();
  }

  async truth(): Promise<string> {
    return (await this.page.getByTestId('status-truth').textContent()) ?? '';
  }

  async connection(): Promise<string> {
    return (await this.page.getByTestId('status-connection').textContent()) ?? '';
  }

  /** Names of the others in the document. */
  async people(): Promise<string[]> {
    const names = await this.page
      .getByTestId('people')
      .locator('button')
      .evaluateAll((avatars) => avatars.map((avatar) => avatar.ariaLabel));
    return names.map((name) => name?.split(':')[0] ?? '').sort();
  }

  /** Titles in the list of documents. */
  async documents(): Promise<string[]> {
    return await this.page.getByTestId('document-list').locator('.document-title').allTextContents();
  }

  async callMyself(name: string): Promise<void> {
    await this.page.getByTestId('me').click();
    await this.page.locator('#me-popover').getByTestId('my-name').fill(name);
    await this.press('Enter');
    await this.page.keyboard.press('Escape');
  }

  async newDocument(): Promise<void> {
    await this.page.getByTestId('new-document').click();
    await this.ready();
  }

  /** By the field for ids and addresses. */
  async openAddress(address: string): Promise<void> {
    await this.page.getByTestId('open-address').fill(address);
    await this.press('Enter');
  }

  async shows(text: string, timeoutMs?: number): Promise<void> {
    await until(`the page shows “${text.slice(0, 80)}”`, async () => (await this.text()) === text, timeoutMs);
  }

  async saysTruth(truth: string | RegExp, timeoutMs = 40_000): Promise<void> {
    await until(`the status says ${truth}`, async () => matches(await this.truth(), truth), timeoutMs);
  }

  async saysConnection(words: string | RegExp, timeoutMs = 40_000): Promise<void> {
    await until(`the connection is ${words}`, async () => matches(await this.connection(), words), timeoutMs);
  }

  /** Everything typed here is on the relay's disk, and the line is up. */
  async settled(): Promise<void> {
    await this.saysConnection('Connected');
    await this.saysTruth('Saved');
  }
}

/** Until all show the same text and title, with everything saved; returns the text. */
export async function untilEqual(...people: readonly EditorPage[]): Promise<string> {
  for (const person of people) await person.settled();
  const shown = async () => await Promise.all(people.map(async (person) => `${await person.title()}\n${await person.text()}`));
  await until('all show the same', async () => new Set(await shown()).size === 1, 40_000);
  return (await people[0]?.text()) ?? '';
}

function matches(words: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? words === wanted : wanted.test(words);
}
