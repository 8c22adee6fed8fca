import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeWithChromium } from '../support/chromium';
import { useEditorPage } from '../support/editor-harness-page';

const TEXT = 'First line of all\nconst second = { a: [1, 2] };\nthird and misspellt line\n\nfifth line 😀\n';

let page: Page;

const text = () => page.evaluate(() => window.harness.text());
const shared = () => page.evaluate(() => window.harness.shared());
const shown = () => page.evaluate(() => window.harness.shown());
const frames = () => page.evaluate(() => window.harness.nextFrames());
const selected = () => page.evaluate(() => window.harness.selectedText());
const hasFocus = () => page.evaluate(() => document.activeElement?.classList.contains('cm-content') ?? false);
const setReadOnly = (on: boolean) => page.evaluate((wanted) => window.harness.setReadOnly(wanted), on);

/** Nothing got in: not into the editor, not into the document, and not onto the screen. */
async function expectUntouched(): Promise<void> {
  await frames();
  expect(await text()).toBe(TEXT);
  expect(await shared()).toBe(TEXT);
  expect(`${await shown()}`).toBe(TEXT);
}

await describeWithChromium('whoever only reads', () => {
  useEditorPage(async (opened) => {
    page = opened;
    await page.evaluate((words) => window.harness.fill(words), TEXT);
    await page.evaluate(() => window.harness.focus());
    await page.evaluate(() => window.harness.placeCaret(5));
  });

  it('gets nothing in by keys, nor does the browser even try (read-only R1, R2)', async () => {
    await setReadOnly(true);
    await page.evaluate(() => {
      document.body.dataset.inputs = '0';
      document.addEventListener('input', () => {
        document.body.dataset.inputs = 'some';
      });
    });
    await page.keyboard.type('abc ( [ " \n');
    const keys = [
      'Enter',
      'Backspace',
      'Delete',
      'Control+Backspace',
      'Control+d',
      'Control+x',
      'Control+/',
      'Alt+ArrowUp',
      'Shift+Alt+ArrowDown',
    ];
    for (const key of [...keys, 'Control+Enter', 'Control+Shift+k', 'Control+z', 'Control+y', 'Control+Alt+\\', 'Control+]', 'Control+b']) {
      await page.keyboard.press(key);
    }
    await page.keyboard.insertText('inserted');
    await expectUntouched();
    expect(await page.evaluate(() => document.body.dataset.inputs)).toBe('0');
  });

  it('gets nothing in by paste, cut, drop, a spelling correction or an extension of the browser (read-only R1, R2)', async () => {
    await page.evaluate(() => window.harness.select('second'));
    await setReadOnly(true);
    await page.evaluate(() => window.harness.paste('pasted'));
    await page.keyboard.press('Control+x');
    await page.evaluate(() => {
      for (const command of ['insertText', 'delete', 'cut']) document.execCommand(command, false, 'by command');
    });
    await page.evaluate(() => window.harness.drop('dropped', 'third'));
    await page.evaluate(() => window.harness.changeThePage('misspellt', 'misspelt'));
    await expectUntouched();
    expect(await page.locator('.cm-dropCursor').count()).toBe(0);
  });

  it('gets nothing in with several carets, by any command, or by a programme (read-only R1, text-binding R7)', async () => {
    await page.evaluate(() => window.harness.placeCarets(0, 20, 50));
    await setReadOnly(true);
    await page.keyboard.type('x');
    await page.keyboard.press('Backspace');
    expect(await page.evaluate(() => window.harness.runEveryCommand())).toBeGreaterThan(80);
    const inTheSameTurn = await page.evaluate(() => [
      window.harness.insertByProgram('programme', true),
      window.harness.insertByProgram('programme', false).shared,
    ]);
    expect(inTheSameTurn).toEqual([{ text: TEXT, shared: TEXT }, TEXT]);
    await expectUntouched();
  });

  it('takes nothing back and brings nothing again', async () => {
    await page.evaluate(() => window.harness.placeCaret(0));
    await page.keyboard.type('mine ');
    await page.keyboard.press('Control+z');
    await page.keyboard.type('again ');
    await setReadOnly(true);
    const before = await shared();
    for (const key of ['Control+z', 'Control+y', 'Control+Shift+z']) await page.keyboard.press(key);
    await page.evaluate(() => window.harness.undo());
    await page.evaluate(() => window.harness.redo());
    await page.evaluate(() => document.execCommand('undo'));
    expect([await text(), await shared()]).toEqual([before, before]);
  });

  it('ends what an input method has begun, in the same turn, and writes nothing of what it goes on with (read-only R2)', async () => {
    const devtools = await page.context().newCDPSession(page);
    const compose = (words: string) =>
      devtools.send('Input.imeSetComposition', { text: words, selectionStart: words.length, selectionEnd: words.length });
    await compose('に');
    const before = await shared();
    const ended = await page.evaluate(() => {
      let ends = 0;
      document.addEventListener('compositionend', () => ends++, { capture: true });
      window.harness.setReadOnly(true);
      return ends;
    });
    expect(ended).toBe(1);
    expect(await hasFocus()).toBe(true);
    await compose('にほ');
    await page.evaluate(() => window.harness.remoteInsert(0, '> '));
    await compose('にほん');
    await devtools.send('Input.insertText', { text: '日本' });
    await frames();
    expect([await text(), await shared(), await shown()]).toEqual([`> ${before}`, `> ${before}`, `> ${before}`]);
  });

  it('sees what others write, with the caret where it was', async () => {
    await setReadOnly(true);
    await page.evaluate(() => window.harness.remoteInsert(0, 'Theirs. '));
    await page.keyboard.press('Shift+End');
    expect(await text()).toBe(`Theirs. ${TEXT}`);
    expect(await selected()).toBe(' line of all');
  });

  it('moves a visible caret, selects by keys and copies (read-only R3)', async () => {
    await setReadOnly(true);
    await expect.poll(() => page.locator('.cm-cursor-primary').isVisible()).toBe(true);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    for (let count = 0; count < 5; count++) await page.keyboard.press('Shift+ArrowRight');
    expect(await selected()).toBe('const');
    const copied = page.evaluate(
      () =>
        new Promise((done) =>
          document.addEventListener('copy', (event) => done(event.clipboardData?.getData('text/plain')), { once: true }),
        ),
    );
    await page.keyboard.press('Control+c');
    expect(await copied).toBe('const');
    const content = page.locator('.cm-content');
    const attributes = await content.evaluate((element) =>
      ['contenteditable', 'aria-readonly', 'spellcheck', 'inputmode', 'role'].map((name) => element.getAttribute(name)),
    );
    expect(attributes).toEqual(['true', 'true', 'false', 'none', 'textbox']);
  });

  it('is not shown another text than whoever writes: no colour and no measure differ', async () => {
    const look = () =>
      page.locator('.cm-content').evaluate((element) => {
        const { color, opacity, fontSize, caretColor, cursor } = getComputedStyle(element);
        return { color, opacity, fontSize, caretColor, cursor, height: element.getBoundingClientRect().height };
      });
    const before = await look();
    await setReadOnly(true);
    await frames();
    expect(await look()).toEqual(before);
  });

  it('searches, and is not offered to replace, whether the panel was open before or not', async () => {
    await page.evaluate(() => window.harness.openSearch());
    await page.keyboard.type('line');
    await page.getByLabel('Replace', { exact: true }).fill('row');
    expect(await page.getByLabel('Replace all matches').isVisible()).toBe(true);
    await setReadOnly(true);
    expect(await page.getByLabel('Replace all matches').isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Find');
    await page.keyboard.press('Enter');
    expect(await selected()).toBe('line');
    await page.evaluate(() => document.querySelector<HTMLElement>('[aria-label="Replace all matches"]')?.click());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+f');
    expect(await page.getByLabel('Replace', { exact: true }).isVisible()).toBe(false);
    await expectUntouched();
  });

  it('writes as soon as it may again, and keeps the focus where it was (read-only R4)', async () => {
    await setReadOnly(true);
    await page.getByRole('button', { name: 'after the editor' }).focus();
    await setReadOnly(false);
    expect(await hasFocus()).toBe(false);
    await page.evaluate(() => window.harness.focus());
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('Mine. ');
    expect(await shared()).toBe(`Mine. ${TEXT}`);
    await page.keyboard.press('Control+z');
    expect(await shared()).toBe(TEXT);
  });

  it('leaves the text with Tab: it indents nothing', async () => {
    await setReadOnly(true);
    await page.keyboard.press('Tab');
    expect(await hasFocus()).toBe(false);
    await expectUntouched();
  });
});
