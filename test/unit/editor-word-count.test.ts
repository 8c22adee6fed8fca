import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords } from '../../src/renderer/editor/word-count';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
const asSegmented = (text: string) => [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length;

/** What joins and what parts words, what stands beside it, and what only the segmenter knows. */
const parts = fc.constantFrom(
  ...'aZé7_ɏ',
  ...[' ', '  ', '\t', '.', ',', ';', ':', "'", '’', '‘', '"', '-', '–', '—', '…', '“', '”', '„', '•', '@', '/', '\\', '{', '}', '$', '&'],
  ...[
    'word',
    '3',
    '14',
    '_x',
    'e\u0301',
    'ß',
    '×',
    '\u00a0',
    '我们',
    'かな',
    'カナ',
    '한국',
    'שלום',
    'ไทย',
    '😀',
    '👩‍👩‍👧',
    '\ud83d',
    '½',
    'ª',
  ],
);

describe('word count', () => {
  it('is what the segmenter says, of whatever is written (R1)', () => {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (written) => {
        const text = written.join('');
        expect(countWords(text)).toBe(asSegmented(text));
      }),
      { numRuns: 4_000 },
    );
  });

  it.each([
    'a.b',
    'e.g. 3.14 and 1,000;5',
    "don't ‘stop’ it’s",
    'snake_case __ _a_ 3D',
    'a:b 1:2 note: x',
    '\\section{Lamport Timestamps}',
  ])('of %j (R1)', (text) => expect(countWords(text)).toBe(asSegmented(text)));

  it('asks the segmenter about nothing that is plain (R2)', () => {
    const chinese = asSegmented('我们');
    const { segment } = Intl.Segmenter.prototype;
    let asked = 0;
    Intl.Segmenter.prototype.segment = function (this: Intl.Segmenter, text: string) {
      asked++;
      return segment.call(this, text);
    };
    try {
      expect(countWords('The quick, brown fox — “jumps” over: 3.14 lazy dogs… café')).toBe(10);
      expect(asked).toBe(0);
      expect(countWords('one 我们 two')).toBe(2 + chinese);
      expect(asked).toBe(1);
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
  });
});
