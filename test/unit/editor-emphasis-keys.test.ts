import { EditorSelection, EditorState, type StateCommand } from '@codemirror/state';
import { expect, it } from 'vitest';
import { toggleBold, toggleItalic } from '../../src/renderer/editor/emphasis-keys';

/** Text with its selection marked: `[` is the anchor and `]` the head, `|` a cursor. */
function run(command: StateCommand, marked: string, readOnly = false): string {
  const [anchor, head] = [marked.search(/[[|]/), marked.search(/[\]|]/)];
  const isBackward = head < anchor;
  const plain = marked.replace(/[[\]|]/g, '');
  const selection = marked.includes('|')
    ? EditorSelection.cursor(head)
    : EditorSelection.range(anchor - Number(isBackward), head - Number(!isBackward));
  let state = EditorState.create({ doc: plain, selection, extensions: EditorState.readOnly.of(readOnly) });
  command({
    state,
    dispatch: (transaction) => {
      state = transaction.state;
    },
  });
  const text = state.doc.toString();
  const { main } = state.selection;
  if (main.empty) return `${text.slice(0, main.head)}|${text.slice(main.head)}`;
  const [open, close] = main.anchor < main.head ? ['[', ']'] : [']', '['];
  return `${text.slice(0, main.from)}${open}${text.slice(main.from, main.to)}${close}${text.slice(main.to)}`;
}

it.each([
  ['a word at the cursor', 'one tw|o', 'one **tw|o**'],
  ['a word that the cursor stands before', '|one', '**|one**'],
  ['a word that the cursor stands behind', 'one|', '**one|**'],
  ['no word', 'one | two', 'one **|** two'],
  ['an empty pair', 'one **|** two', 'one | two'],
])('works without a selection: %s (R1)', (_what, before, after) => {
  expect(run(toggleBold, before)).toBe(after);
});

it.each([
  ['what is selected', toggleBold, 'a [b c] d', 'a **[b c]** d'],
  ['backwards', toggleBold, 'a ]b c[ d', 'a **]b c[** d'],
  ['stars outside', toggleBold, 'a **[b]** d', 'a [b] d'],
  ['stars inside', toggleBold, 'a [**b**] d', 'a [b] d'],
  ['italic in bold', toggleItalic, '**[b]**', '***[b]***'],
  ['italic out of both', toggleItalic, '***[b]***', '**[b]**'],
  ['bold out of both', toggleBold, '***[b]***', '*[b]*'],
  ['bold in italic', toggleBold, '*[b]*', '***[b]***'],
] as const)('adds and takes away: %s (R2)', (_what, command, before, after) => {
  expect(run(command, before)).toBe(after);
});

it.each([
  ['space at the ends', 'a[ b ]c', 'a **[b]** c'],
  ['two lines and an empty one', '[a\n\n b]', '**[a**\n\n **b]**'],
  ['two lines, one of them bold: both', '[**a**\nb]', '**[a**\n**b]**'],
  ['two lines, both bold: none', '[**a**\n**b**]', '[a\nb]'],
  ['nothing but space', 'a[ ]b', 'a[ ]b'],
])('goes line by line: %s (R3)', (_what, before, after) => {
  expect(run(toggleBold, before)).toBe(after);
});

it('does nothing to a text that can only be read', () => {
  expect(run(toggleBold, '[one]', true)).toBe('[one]');
});
