/**
 * Tab and Shift-Tab in Markdown.
 *
 * R1  An item goes one level in, below the item before it: to where that one's words begin, which is where Markdown wants it
 *     (`1. ` takes three spaces, `10. ` four). Its own lines and its children go along.
 * R2  Or one level out, to its parent's marker.
 * R3  Numbers stay in order: an item begins at 1 or goes on after the children that are there, and those that follow close the gap.
 * R4  Elsewhere in prose Tab writes a tab within a line, and nothing before its first word: there Markdown would make code of a
 *     heading or a paragraph, or drop it. It does not leave the text either: what leaves must not depend on where one is; Escape,
 *     then Tab, always does. Below an item, an empty line goes in to the item's words.
 * R5  In code it indents as it does in all code.
 */
import { markdownLanguage } from '@codemirror/lang-markdown';
import { ensureSyntaxTree, syntaxTree } from '@codemirror/language';
import { type ChangeSpec, countColumn, type EditorState, type StateCommand, type Text } from '@codemirror/state';
import type { KeyBinding } from '@codemirror/view';

type SyntaxNode = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

interface Item {
  readonly node: SyntaxNode;
  /** Where its marker begins in its line, and its words; all in front of it is indent and quote marks. */
  readonly column: number;
  readonly words: number;
  /** Of an item with one. */
  readonly number: number | undefined;
}

const CODE = new Set(['FencedCode', 'CodeBlock', 'HTMLBlock']);
/** Columns, as Markdown has it. */
const TAB = 4;
const MARKER = /^(?:(\d{1,9})[.)]|[-+*])/;
const BEGUN = /^[ \t]*(?:(\d{1,9})[.)]|[-+*])[ \t]*$/;

export const moveIn: StateCommand = (target) => move(target, 'in');
export const moveOut: StateCommand = (target) => move(target, 'out');

export const listKeys: readonly KeyBinding[] = [{ key: 'Tab', run: moveIn, shift: moveOut }];

function move({ state, dispatch }: Parameters<StateCommand>[0], way: 'in' | 'out'): boolean {
  const { main, ranges } = state.selection;
  if (state.readOnly || ranges.length > 1 || !markdownLanguage.isActiveAt(state, main.head, -1)) return false;
  const items = itemsIn(state);
  if (items === 'code') return false;
  const changes = way === 'in' ? (items.length > 0 ? goIn(state, items) : tab(state)) : items.length > 0 ? goOut(state, items) : undefined;
  if (changes === undefined) return false;
  const set = state.changes(changes);
  if (set.empty) return true;
  const userEvent = way === 'in' ? 'input.indent' : 'delete.dedent';
  dispatch(state.update({ changes: set, selection: state.selection.map(set, 1), userEvent, scrollIntoView: true }));
  return true;
}

/** A key that comes right after what it is about does not find it unparsed. */
function treeOf(state: EditorState): ReturnType<typeof syntaxTree> {
  return ensureSyntaxTree(state, state.doc.lineAt(state.selection.main.to).to, 100) ?? syntaxTree(state);
}

/** Those whose lines are selected, without what is inside of another of them: neighbours, so that they move as one. */
function itemsIn(state: EditorState): readonly Item[] | 'code' {
  const { from, to } = state.selection.main;
  const found: SyntaxNode[] = [];
  for (let at = from; at <= to; ) {
    const line = state.doc.lineAt(at);
    const start = line.from + (/^[\s>]*/.exec(line.text)?.[0].length ?? 0);
    const inner = treeOf(state).resolveInner(start, 1);
    if (above(inner, (name) => CODE.has(name)) !== undefined) return 'code';
    const item = above(inner, (name) => name === 'ListItem');
    if (item !== undefined && !found.some((other) => other.from <= item.from && item.to <= other.to)) found.push(item);
    at = line.to + 1;
  }
  const parent = found[0]?.parent?.from;
  return found.filter((node) => node.parent?.from === parent).map((node) => itemOf(state.doc, node));
}

function above(node: SyntaxNode, is: (name: string) => boolean): SyntaxNode | undefined {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) if (is(at.name)) return at;
  return undefined;
}

/** In a quote there are its marks between items. */
function neighbour(item: SyntaxNode, way: 'nextSibling' | 'prevSibling'): SyntaxNode | undefined {
  for (let node = item[way]; node !== null; node = node[way]) if (node.name === 'ListItem') return node;
  return undefined;
}

function itemOf(doc: Text, node: SyntaxNode): Item {
  const line = doc.lineAt(node.from);
  const column = node.from - line.from;
  const rest = line.text.slice(column);
  const [marker = '', digits] = MARKER.exec(rest) ?? [];
  const spaces = /^ */.exec(rest.slice(marker.length))?.[0].length ?? 0;
  // More than four spaces begin code; none, nothing.
  const gap = spaces > 4 || marker.length + spaces === rest.length ? 1 : Math.max(1, spaces);
  return { node, column, words: column + marker.length + gap, number: digits === undefined ? undefined : Number(digits) };
}

/** R1 */
function goIn({ doc }: EditorState, items: readonly Item[]): ChangeSpec[] {
  const [first, last] = [items[0], items.at(-1)];
  const before = first && neighbour(first.node, 'prevSibling');
  if (first === undefined || last === undefined || before === undefined) return [];
  const parent = itemOf(doc, before);
  const child = before.lastChild?.name === 'OrderedList' ? before.lastChild.getChildren('ListItem').at(-1) : undefined;
  let number = (child && itemOf(doc, child).number) ?? 0;
  return [
    ...items.flatMap((item) => [...shift(doc, item, parent.words - item.column), ...renumber(doc, item, ++number)]),
    ...renumberAfter(doc, last, (parent.number ?? 0) + 1),
  ];
}

/** R2 */
function goOut(state: EditorState, items: readonly Item[]): ChangeSpec[] | undefined {
  const { doc } = state;
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const begun = begunBelow(state, first);
  if (begun !== undefined) return begun;
  const around = first.node.parent?.parent;
  if (around?.name !== 'ListItem') return undefined;
  const parent = itemOf(doc, around);
  let number = parent.number ?? 0;
  return [
    ...items.flatMap((item) => [...shift(doc, item, parent.column - item.column), ...renumber(doc, item, ++number)]),
    ...renumberAfter(doc, last, 1),
    ...renumberAfter(doc, parent, number + 1),
  ];
}

/** An item without words yet is none for the parser below a paragraph: the paragraph goes on. */
function begunBelow(state: EditorState, around: Item): ChangeSpec[] | undefined {
  const line = state.doc.lineAt(state.selection.main.head);
  const begun = BEGUN.exec(line.text);
  if (begun === null || line.from <= around.node.from) return undefined;
  const column = line.text.length - line.text.trimStart().length;
  const back = { from: line.from + Math.min(around.column, column), to: line.from + column };
  const [, digits] = begun;
  if (digits === undefined || around.number === undefined) return [back];
  return [
    back,
    { from: back.to, to: back.to + digits.length, insert: String(around.number + 1) },
    ...renumberAfter(state.doc, around, around.number + 2),
  ];
}

/** Moves an item with all that is inside of it; lazy lines are part of it wherever they begin. */
function shift(doc: Text, item: Item, by: number): ChangeSpec[] {
  return [indent(doc.lineAt(item.node.from).from + item.column, by), ...shiftInside(doc, item, item.column, by)];
}

function shiftInside(doc: Text, { node, words }: Item, column: number, by: number): ChangeSpec[] {
  const changes: ChangeSpec[] = [];
  const first = doc.lineAt(node.from);
  const least = countColumn(first.text, TAB, words);
  for (let at = first.to + 1; at <= node.to; ) {
    const line = doc.lineAt(at);
    const before = /^[\s>]*/.exec(line.text)?.[0].length ?? 0;
    if (countColumn(line.text, TAB, before) >= least && before < line.text.length) changes.push(indent(line.from + column, by));
    at = line.to + 1;
  }
  return changes;
}

function indent(at: number, by: number): ChangeSpec {
  return by < 0 ? { from: at + by, to: at } : { from: at, insert: ' '.repeat(by) };
}

function renumber(doc: Text, item: Item, number: number): ChangeSpec[] {
  const { node, words } = item;
  if (item.number === undefined || item.number === number) return [];
  const [old, now] = [/^\d+/.exec(doc.sliceString(node.from, node.from + 9))?.[0] ?? '', String(number)];
  // What is inside of it begins where its words do: a longer number would leave it outside.
  const along = now.length === old.length ? [] : shiftInside(doc, item, words, now.length - old.length);
  return [{ from: node.from, to: node.from + old.length, insert: now }, ...along];
}

/** R3. Those that count on from an item, as far as they do. */
function renumberAfter(doc: Text, after: Item, start: number): ChangeSpec[] {
  const changes: ChangeSpec[] = [];
  let last = after.number;
  let number = start;
  for (let node = neighbour(after.node, 'nextSibling'); node !== undefined; node = neighbour(node, 'nextSibling')) {
    const item = itemOf(doc, node);
    if (last === undefined || item.number !== last + 1) break;
    changes.push(...renumber(doc, item, number++));
    last = item.number;
  }
  return changes;
}

/** R4 */
function tab(state: EditorState): ChangeSpec[] {
  const { empty, head } = state.selection.main;
  const line = state.doc.lineAt(head);
  if (!empty) return [];
  if (line.text.trim() !== '') return state.sliceDoc(line.from, head).trim() === '' ? [] : [{ from: head, insert: '\t' }];
  for (let number = line.number - 1; number >= 1; number--) {
    const before = state.doc.line(number);
    if (before.text.trim() === '') continue;
    const node = above(treeOf(state).resolveInner(before.to, -1), (name) => name === 'ListItem');
    if (node === undefined) return [];
    const missing = itemOf(state.doc, node).words - countColumn(line.text, TAB);
    return missing > 0 ? [{ from: line.to, insert: ' '.repeat(missing) }] : [];
  }
  return [];
}
