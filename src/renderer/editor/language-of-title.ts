/**
 * What a title says about the text: its language and whether it is prose or code.
 *
 * R1  Without a known extension it is Markdown; `.txt` is prose without a language. A number is not an extension (“Plan 1.2”).
 * R2  Parsers load when they are needed; one that comes after the title changed again is dropped.
 * R3  Markdown is parsed by whole paragraphs, with each key in one: a paragraph that never ends (a log, pasted) is cut into
 *     pieces, and one that is a single endless line has no emphasis.
 */
import { markdown, markdownLanguage } from '@codemirror/lang-markdown';
import { LanguageDescription, LanguageSupport } from '@codemirror/language';
import { languages } from '@codemirror/language-data';
import { type Extension, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import type { BlockParser } from '@lezer/markdown';
import { emphasisKeys } from './emphasis-keys';
import { listKeys } from './list-levels';

export type TextKind = 'prose' | 'code';

export interface TitleLanguage {
  readonly kind: TextKind;
  /** Shown to people; empty for plain text. */
  readonly name: string;
  load(): Promise<Extension>;
}

const PLAIN_PROSE = /\.(txt|text)$/i;
/** Columns matter in these, and there is no parser for them. */
const PLAIN_CODE = /\.(log|csv|tsv|conf|env|lock)$/i;

const ENDS_IN_NUMBER = /\.\d+$/;

/** In UTF-16 units: more than anybody writes between two empty lines, and parsed in less than a millisecond. */
const LONGEST_PARAGRAPH = 10_000;

/** R3 */
const shortParagraphs: BlockParser[] = [
  { name: 'LongParagraph', endLeaf: (_context, { text }, { content }) => Math.max(text.length, content.length) > LONGEST_PARAGRAPH },
  {
    name: 'EndlessLine',
    leaf: (_context, leaf) =>
      leaf.content.length <= LONGEST_PARAGRAPH
        ? null
        : {
            nextLine: () => false,
            finish: (context, { start, content }) => {
              context.addLeafElement(leaf, context.elt('Paragraph', start, start + content.length));
              return true;
            },
          },
  },
];

const prose: TitleLanguage = {
  kind: 'prose',
  name: 'Markdown',
  load: () => {
    const { language, support } = markdown({
      base: markdownLanguage,
      codeLanguages: languages,
      extensions: { parseBlock: shortParagraphs },
    });
    return Promise.resolve(new LanguageSupport(language, [Prec.high(keymap.of([...emphasisKeys, ...listKeys])), support]));
  },
};

export function languageOfTitle(title: string): TitleLanguage {
  const name = title.trim();
  if (PLAIN_PROSE.test(name)) return { kind: 'prose', name: '', load: () => Promise.resolve([]) };
  if (PLAIN_CODE.test(name)) return { kind: 'code', name: '', load: () => Promise.resolve([]) };
  if (ENDS_IN_NUMBER.test(name)) return prose;
  const found = LanguageDescription.matchFilename(languages, name) ?? LanguageDescription.matchFilename(languages, name.toLowerCase());
  if (found === null || found.name === 'Markdown') return prose;
  return { kind: 'code', name: found.name, load: () => found.load() };
}
