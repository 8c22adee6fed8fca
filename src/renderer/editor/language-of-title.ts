/**
 * What a title says about the text: its language and whether it is prose or code.
 *
 * R1  Without a known extension it is Markdown; `.txt` is prose without a language. A number is not an extension (“Plan 1.2”).
 * R2  Parsers load when they are needed; one that comes after the title changed again is dropped.
 */
import { markdown, markdownLanguage } from '@codemirror/lang-markdown';
import { LanguageDescription } from '@codemirror/language';
import { languages } from '@codemirror/language-data';
import type { Extension } from '@codemirror/state';

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

const prose: TitleLanguage = {
  kind: 'prose',
  name: 'Markdown',
  load: () => Promise.resolve(markdown({ base: markdownLanguage, codeLanguages: languages })),
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
