import type { LanguageSupport } from '@codemirror/language';
import { describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';

const LONGEST = 10_000;

/** How often each kind of node is in the tree of a Markdown document, and how long its longest paragraph is. */
async function parse(text: string): Promise<{ readonly count: (name: string) => number; readonly longestParagraph: number }> {
  const { language } = (await languageOfTitle('notes.md').load()) as LanguageSupport;
  const counts = new Map<string, number>();
  let longestParagraph = 0;
  language.parser.parse(text).iterate({
    enter: ({ name, from, to }) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (name === 'Paragraph') longestParagraph = Math.max(longestParagraph, to - from);
    },
  });
  return { count: (name) => counts.get(name) ?? 0, longestParagraph };
}

describe('Markdown that nobody wrote as Markdown (language-of-title R3)', () => {
  it('cuts a paragraph that never ends: each key parses one whole', async () => {
    const line = 'an entry of a *log* that somebody pasted\n';
    const { longestParagraph, count } = await parse(line.repeat(5_000));
    expect(longestParagraph).toBeLessThanOrEqual(LONGEST + 2 * line.length);
    expect(count('Emphasis')).toBe(5_000);
  });

  it('looks for nothing in an endless line, on its own or after others', async () => {
    const endless = '*a* '.repeat(LONGEST);
    for (const text of [endless, `first *this*\n${endless}`, `${endless}\nand *this*`]) {
      const { count } = await parse(text);
      expect(count('Emphasis')).toBeLessThanOrEqual(1);
      expect(count('Paragraph')).toBeGreaterThan(0);
    }
  });

  it('leaves what people write as it is', async () => {
    const paragraph = 'a **word** in a line\n'.repeat(100);
    const { count } = await parse(`# Title\n\n${paragraph}\n- one\n- two\n\n${paragraph}`);
    expect([count('ATXHeading1'), count('Paragraph'), count('StrongEmphasis'), count('ListItem')]).toEqual([1, 4, 200, 2]);
  });
});
