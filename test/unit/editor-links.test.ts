import { describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { linkAt } from '../../src/renderer/editor/links';
import { parsedState } from '../support/parsed-state';

/** Where the place marked by ‸ leads. */
async function leads(marked: string, title = 'Notes.md'): Promise<string | undefined> {
  const at = marked.indexOf('‸');
  const state = parsedState({ doc: marked.replace('‸', ''), extensions: await languageOfTitle(title).load() });
  return linkAt(state, at, 1)?.address;
}

describe('links of a Markdown text (R1)', () => {
  it.each([
    ['[w‸ords](https://example.org/a)', 'https://example.org/a'],
    ['[words](https://exa‸mple.org/a "title")', 'https://example.org/a'],
    ['[**w‸ords**](<https://example.org/a b>)', 'https://example.org/a%20b'],
    ['![pic‸ture](http://example.org/a.png)', 'http://example.org/a.png'],
    ['[![pic‸ture](https://a.example/b.png)](https://c.example/)', 'https://a.example/b.png'],
    ['<https://exa‸mple.org>', 'https://example.org/'],
    ['<no‸or@example.org>', 'mailto:noor@example.org'],
    ['see https://exa‸mple.org/x_y.', 'https://example.org/x_y'],
    ['see www.exa‸mple.org', 'http://www.example.org/'],
    ['write to no‸or@example.org', 'mailto:noor@example.org'],
    ['[w‸ords](weft://join/abc?relay=http%3A%2F%2Flocalhost%3A4321#s)', 'weft://join/abc?relay=http%3A%2F%2Flocalhost%3A4321#s'],
    ['[a‸\\_b](https://example.org/a\\_b)', 'https://example.org/a_b'],
  ])('%s', async (text, address) => {
    expect(await leads(text)).toBe(address);
  });

  it('are references too: by label, by their own words, whatever case; the first definition counts', async () => {
    const definitions = '\n\n> [The   Map]: https://example.org/map\n\n[the map]: https://example.org/other';
    expect(await leads(`[w‸ords][the map]${definitions}`)).toBe('https://example.org/map');
    expect(await leads(`[The‸ map][]${definitions}`)).toBe('https://example.org/map');
    expect(await leads(`[The‸ map]${definitions}`)).toBe('https://example.org/map');
    expect(await leads('[the map]: https://exam‸ple.org/map')).toBe('https://example.org/map');
    expect(await leads(`[w‸ords][nothing]${definitions}`)).toBeUndefined();
  });
});

describe('what is no link (R2)', () => {
  it.each([
    '[w‸ords](javascript:alert(1))',
    '[w‸ords](file:///etc/passwd)',
    '[w‸ords](data:text/html,x)',
    '[w‸ords](notes/other.md)',
    '[w‸ords](#heading)',
    '[w‸ords](//example.org)',
    `[w‸ords](https://example.org/${'x'.repeat(3000)})`,
    '[w‸ords]',
    'pl‸ain words',
    '`https://exa‸mple.org`',
    '```\nhttps://exa‸mple.org\n```',
  ])('%.50s', async (text) => {
    expect(await leads(text)).toBeUndefined();
  });

  it('code, though it has addresses in it', async () => {
    expect(await leads('const a = "https://exa‸mple.org";', 'a.ts')).toBeUndefined();
  });
});

it('says where a web address leads, not what it is dressed up as', async () => {
  const state = parsedState({ doc: '[x](https://bank.example@evil.example/)', extensions: await languageOfTitle('').load() });
  expect(linkAt(state, 1, 1)?.where).toBe('evil.example');
});
