/** What the documents tell people to write is what the relay takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS, VERB_SETTINGS } from '../../server/config-table';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCS = readdirSync(resolve(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...DOCS.map((file) => `docs/${file}`)];
const OWN = [...SETTINGS, ...Object.values(VERB_SETTINGS)].map(({ flag }) => `--${flag}`);
/** Of other programs. */
const FOREIGN = [
  // npm, curl and Node.
  ...['--prefix', '--data-binary', '--max-semi-space-size'],
  // `npm run bench`
  ...['--quick', '--docs', '--scenarios', '--runs', '--scale', '--out', '--before'],
];

describe('a flag in the documents', () => {
  it.each(PAGES)('is one that there is: %s', (page) => {
    const written = readFileSync(resolve(ROOT, page), 'utf8').match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];
    expect([...new Set(written)].filter((flag) => !OWN.includes(flag) && !FOREIGN.includes(flag))).toEqual([]);
  });
});
