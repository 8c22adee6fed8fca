import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffTexts } from '../../src/renderer/editor/text-diff';

const line = fc.constantFrom('', 'one', 'two', 'three 😀', 'three 😃', '}', 'a longer line with words');
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

describe('text diff', () => {
  it('turns one text into the other (R1) without splitting a pair (R2)', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        let result = '';
        let position = 0;
        for (const { from, to, insert } of diffTexts(before, after)) {
          expect(from).toBeGreaterThanOrEqual(position);
          result += before.slice(position, from) + insert;
          position = to;
          expect(before.slice(from, to) + insert).not.toMatch(/\p{Surrogate}/u);
        }
        expect(result + before.slice(position)).toBe(after);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves lines alone that both have', () => {
    expect(diffTexts('a\nb\nc\nd\n', 'a\nB\nc\nD\n')).toEqual([
      { from: 2, to: 3, insert: 'B' },
      { from: 6, to: 7, insert: 'D' },
    ]);
  });

  it('answers for two large texts without a common line in under a second', () => {
    const lines = (mark: string) => Array.from({ length: 20_000 }, (_, index) => `${mark}${index}`).join('\n');
    const started = performance.now();
    expect(diffTexts(lines('a'), lines('b'))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
