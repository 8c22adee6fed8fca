// @vitest-environment happy-dom
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';
import { hangingIndent, prefixOf } from '../../src/renderer/editor/hanging-indent';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';

let view: EditorView | undefined;
afterEach(() => view?.destroy());

/** What each line of a Markdown text hangs by, spaces shown. */
async function prefixes(text: string): Promise<string[]> {
  const state = EditorState.create({ doc: text, extensions: await languageOfTitle('Notes.md').load() });
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
      state: EditorState.create({ doc: '- one\n- two\n1. three\nwords', extensions: [language, hangingIndent(widthOf)] }),
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
});
