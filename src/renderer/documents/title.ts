/** What a title means: it is a file name, and its extension picks the language. Empty titles are shown, never stored. */

const UNTITLED = 'Untitled';
/** File systems stop at 255 bytes; this leaves room for an extension and for letters of four bytes. */
const LONGEST_FILE_NAME = 60;
/** Characters of a text in which it is looked for a name. */
const LOOKED_AT = 2_000;

/** One line to show, whatever others wrote into the title. */
export function shownTitle(title: string): string {
  const line = title.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line === '' ? UNTITLED : line;
}

/** What a document without a title is shown by: its first line with words, without the marks of Markdown; empty when there is none. */
export function nameFromText(text: string): string {
  const line = /^.*[\p{L}\p{N}].*$/mu.exec(text.slice(0, LOOKED_AT))?.[0] ?? '';
  const plain = line
    .replace(/^[\s>#*+-]+|(\*\*|__|`)/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = [...plain];
  return characters.length <= LONGEST_FILE_NAME
    ? plain
    : `${characters
        .slice(0, LONGEST_FILE_NAME - 1)
        .join('')
        .trimEnd()}…`;
}

/** The part behind the last dot, in lower case; empty when there is none. `.gitignore` has none. */
export function extensionOf(title: string): string {
  return /[^.]\.([^.\s/\\]+)$/.exec(title.trim())?.[1]?.toLowerCase() ?? '';
}

/**
 * A name for a copy as a file, which every system takes: no separators, no reserved characters or device names, and
 * `.txt` when the title has no extension.
 */
export function fileNameFor(title: string): string {
  const safe = shownTitle(title)
    .replace(/[<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu, '-')
    .replace(/^[\s.]+(?=.*\.)|[\s.]+$/g, '');
  const extension = extensionOf(safe);
  const ending = extension === '' ? 'txt' : safe.slice(safe.lastIndexOf('.') + 1);
  const stem = extension === '' ? safe : safe.slice(0, safe.lastIndexOf('.'));
  const short = [...stem].slice(0, LONGEST_FILE_NAME).join('').trim();
  const named = short === '' ? UNTITLED : short;
  return `${RESERVED.test(named) ? `${named}-` : named}.${ending.slice(0, LONGEST_FILE_NAME)}`;
}

/** Device names of Windows, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
