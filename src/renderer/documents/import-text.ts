/**
 * From a file's text to a document's and back.
 *
 * R1  Inside a document a line ends with `\n` alone: CodeMirror counts a line break as one, and Yjs must count the same.
 * R2  A document never holds half of a surrogate pair: it does not survive UTF-8, and replicas would differ for good.
 * R3  The line ending that a file had comes back when a copy is saved.
 */
export type LineEnding = '\n' | '\r\n' | '\r';

export interface ImportedText {
  readonly text: string;
  /** The one that is used most; `\n` when there is none. */
  readonly lineEnding: LineEnding;
}

export function importText(fileText: string): ImportedText {
  const withoutMark = fileText.startsWith('\ufeff') ? fileText.slice(1) : fileText;
  return { text: cleanText(withoutMark), lineEnding: mostUsedLineEnding(withoutMark) };
}

/** The text of a file from a document's. */
export function exportText(text: string, lineEnding: LineEnding): string {
  return lineEnding === '\n' ? text : text.replaceAll('\n', lineEnding);
}

/** Any string as a document may hold it (R1, R2). */
export function cleanText(text: string): string {
  return toWellFormed(text.replace(/\r\n?/g, '\n'));
}

/** Lone surrogates become U+FFFD; `String.prototype.toWellFormed` is younger than some browsers in use. */
function toWellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

function mostUsedLineEnding(text: string): LineEnding {
  const counts: Record<LineEnding, number> = { '\n': 0, '\r\n': 0, '\r': 0 };
  for (const match of text.matchAll(/\r\n|\r|\n/g)) counts[match[0] as LineEnding]++;
  if (counts['\r\n'] > counts['\n'] && counts['\r\n'] >= counts['\r']) return '\r\n';
  return counts['\r'] > counts['\n'] ? '\r' : '\n';
}
