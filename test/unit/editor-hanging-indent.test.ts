// @vitest-environment happy-dom
import { forceParsing } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';
import { hangingIndent, prefixOf } from '../../src/renderer/editor/hanging-indent';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { parsedState } from '../support/parsed-state';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

let view: EditorView | undefined;
afterEach(() => view?.destroy());

/** What each line of a Markdown text hangs by, spaces shown. */
async function prefixes(text: string): Promise<string[]> {
  const state = parsedState({ doc: text, extensions: await languageOfTitle('Notes.md').load() });
  return Array.from({ length: state.doc.lines }, (_, index) => prefixOf(state, state.doc.line(index + 1)).replaceAll(' ', '·'));
}

describe('what a line hangs by (R1)', () => {
  it('is its bullet, with the spaces before and after, at each level', async () => {
    expect(await prefixes('- one\n  - two\n    * three\n  more of one')).toEqual(['-·', '··-·', '····*·', '··']);
  });

  it('is the tabs alone where there are some', async () => {
    expect(await prefixes('- out\n\t- one\n\t\t- two\n-\ttab')).toEqual(['-·', '\t', '\t\t', '-\t']);
  });

  it('is its number, of any length', async () => {
    expect(await prefixes('9. nine\n10. ten\n11. eleven')).toEqual(['9.·', '10.·', '11.·']);
    expect(await prefixes('1234) much')).toEqual(['1234)·']);
  });

  it('is its box to tick too', async () => {
    expect(await prefixes('- [ ] open\n- [x] done\n1. [ ] third')).toEqual(['-·[·]·', '-·[x]·', '1.·[·]·']);
  });

  it('is its quote marks, at each level, in the same paragraph too, and a list in a quote', async () => {
    expect(await prefixes('> one\n> more\n> > two\n> - item')).toEqual(['>·', '>·', '>·>·', '>·-·']);
  });

  it('is nothing for what only looks like one', async () => {
    expect(await prefixes('words\n2020. was a year\n*emphasis* here\n-5 degrees\n***')).toEqual(['', '', '', '', '']);
    expect(await prefixes('[ ] no item')).toEqual(['']);
    expect(await prefixes('')).toEqual(['']);
  });

  it('is nothing in code and tables', async () => {
    expect(await prefixes('```\n- one\n```')).toEqual(['', '', '']);
    expect(await prefixes('para\n\n    - code')).toEqual(['', '', '']);
    expect(await prefixes('- x\n\n  | a |\n  | - |\n  | 1 |')).toEqual(['-·', '', '', '', '']);
  });

  it('is the marker of an item that is only begun', async () => {
    expect(await prefixes('- one\n- ')).toEqual(['-·', '-']);
  });
});

describe('hanging', () => {
  it('measures each kind of marker once (R3)', async () => {
    const asked: string[] = [];
    const widthOf = (prefix: string) => {
      asked.push(prefix);
      return prefix.length / 2;
    };
    const language = await languageOfTitle('Notes.md').load();
    view = new EditorView({
      state: parsedState({ doc: '- one\n- two\n1. three\nwords', extensions: [language, hangingIndent(widthOf)] }),
      parent: document.body,
    });
    view.dispatch({ changes: { from: view.state.doc.length, insert: ' more' } });
    expect(asked).toEqual(['- ', '1. ']);
    const [first, , third, last] = view.contentDOM.querySelectorAll<HTMLElement>('.cm-line');
    expect(first?.style.marginInlineStart).toBe('1.000em');
    expect(third?.style.marginInlineStart).toBe('1.500em');
    expect(third?.querySelector<HTMLElement>('span')?.style.marginInlineStart).toBe('-1.500em');
    expect(last?.getAttribute('style')).toBeNull();
    view.dispatch({ changes: { from: 0, to: 2 } });
    expect(view.contentDOM.querySelector('.cm-line')?.getAttribute('style') ?? '').toBe('');
  });

  it('is what a look at each line gives, whatever is written where (R3)', async () => {
    const random = randomFrom(seedFromEnvironment());
    const language = await languageOfTitle('Notes.md').load();
    const pieces = ['a', 'word ', '- ', '> ', '1. ', '```\n', '    ', '\n', '\n\n', '[ ] ', '|', '|-|\n', '`', '-', '#', '\t', ''];
    for (let text = 0; text < 12; text++) {
      const doc = '- one\n  - two\n\n> quote\n> more\n\n| a | b |\n|---|---|\n| c | d |\n\n1. first\n   words';
      const extensions = [language, hangingIndent((prefix) => prefix.length)];
      const editor = new EditorView({ state: parsedState({ doc, extensions }), parent: document.body });
      for (let round = 0; round < 40; round++) {
        const { length } = editor.state.doc;
        const from = below(random, length + 1);
        const to = random() < 0.4 ? Math.min(length, from + below(random, 6)) : from;
        editor.dispatch({ changes: { from, to, insert: pieces[below(random, pieces.length)] ?? '' } });
        // What the parser had no time for comes later, as in a real window.
        forceParsing(editor, editor.state.doc.length, 10_000);
        const { state, viewport } = editor;
        const lines = Array.from({ length: state.doc.lineAt(viewport.to).number }, (_, index) => state.doc.line(index + 1));
        const looked = lines.map((line) => `${Math.min(prefixOf(state, line).length, 12).toFixed(3)}em`);
        const drawn = [...editor.contentDOM.querySelectorAll<HTMLElement>('.cm-line')].map(
          (line) => line.style.marginInlineStart || '0.000em',
        );
        expect(viewport.from).toBe(0);
        expect(drawn, state.doc.toString()).toEqual(looked);
      }
      editor.destroy();
    }
  });
});
