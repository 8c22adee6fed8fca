/** Where words and rows are drawn, as the browser says: the editor is not asked. */
import type { EditorView } from '@codemirror/view';

interface Row {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** Of a word between spaces; `undefined` when it is not drawn. */
export function boxOf(view: EditorView, word: string): { left: number; top: number; width: number; height: number } | undefined {
  const range = rangeFrom(view, word);
  if (range === undefined) return undefined;
  range.setEnd(range.startContainer, range.startOffset + word.length);
  const { left, top, width, height } = range.getBoundingClientRect();
  return { left, top, width, height };
}

/** From a word to the end of its line, row by row. */
export function rowsOf(view: EditorView, beginning: string): readonly Row[] {
  const range = rangeFrom(view, beginning);
  const line = range?.startContainer.parentElement?.closest('.cm-line');
  if (range === undefined || line === null || line === undefined) return [];
  range.setEnd(line, line.childNodes.length);
  const rows: { left: number; right: number; top: number }[] = [];
  for (const { left, right, top, width } of range.getClientRects()) {
    if (width === 0) continue;
    const row = rows.find((known) => Math.abs(known.top - top) < 6);
    if (row === undefined) rows.push({ left, right, top });
    else Object.assign(row, { left: Math.min(row.left, left), right: Math.max(row.right, right) });
  }
  return rows;
}

function rangeFrom(view: EditorView, word: string): Range | undefined {
  const walker = document.createTreeWalker(view.contentDOM, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const at = ` ${node.nodeValue} `.indexOf(` ${word} `);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    return range;
  }
  return undefined;
}
