import { EditorSelection, type StateCommand } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { moveIn, moveOut } from '../../src/renderer/editor/list-levels';
import { parsedState } from '../support/parsed-state';

/** The text with the cursor shown. `false`: the key is somebody else's. */
async function press(command: StateCommand, marked: string, title = 'Notes.md'): Promise<string | false> {
  const [anchor, head] = [marked.indexOf('‸'), marked.lastIndexOf('‸')];
  const selection = EditorSelection.range(anchor, anchor === head ? head : head - 1);
  const extensions = await languageOfTitle(title).load();
  let state = parsedState({ doc: marked.replaceAll('‸', ''), selection, extensions });
  const isDone = command({
    state,
    dispatch: (transaction) => {
      state = transaction.state;
    },
  });
  const at = state.selection.main.head;
  return isDone && `${state.doc.sliceString(0, at)}‸${state.doc.sliceString(at)}`;
}

describe('Tab in a list (R1, R3)', () => {
  it('goes in to where the words of the item before begin, and begins at 1', async () => {
    expect(await press(moveIn, '1. one\n2. sub‸')).toBe('1. one\n   1. sub‸');
    expect(await press(moveIn, '- one\n- sub‸')).toBe('- one\n  - sub‸');
    expect(await press(moveIn, '10. one\n11. ‸')).toBe('10. one\n    1. ‸');
    expect(await press(moveIn, '- [ ] one\n- [ ] ‸sub')).toBe('- [ ] one\n  - [ ] ‸sub');
    expect(await press(moveIn, '-   wide\n- s‸ub')).toBe('-   wide\n    - s‸ub');
  });

  it('goes on after the children that are there, and closes the gap', async () => {
    expect(await press(moveIn, '1. one\n   1. a\n   2. b\n2. c‸\n3. two\n4. three')).toBe(
      '1. one\n   1. a\n   2. b\n   3. c‸\n2. two\n3. three',
    );
  });

  it('takes its lines and its children along, lazy and empty lines not', async () => {
    expect(await press(moveIn, '- one\n- s‸ub\n  more\n\n  para\nlazy\n  - child\n- two')).toBe(
      '- one\n  - s‸ub\n    more\n\n    para\nlazy\n    - child\n- two',
    );
  });

  it('goes on to the next level, and stays where there is nothing to go below', async () => {
    expect(await press(moveIn, '1. a\n   1. b\n   2. c‸')).toBe('1. a\n   1. b\n      1. c‸');
    expect(await press(moveIn, '- o‸ne\n- two')).toBe('- o‸ne\n- two');
  });

  it('takes all that are selected', async () => {
    expect(await press(moveIn, '1. one\n2. ‸two\n3. three‸\n4. four')).toBe('1. one\n   1. two\n   2. three‸\n2. four');
  });

  it('works in quotes', async () => {
    expect(await press(moveIn, '> 1. one\n> 2. s‸ub\n>    more')).toBe('> 1. one\n>    1. s‸ub\n>       more');
  });
});

describe('Shift-Tab in a list (R2, R3)', () => {
  it('goes out to the parent, numbered after it', async () => {
    expect(await press(moveOut, '1. one\n   1. a\n   2. b‸\n   3. c\n2. two')).toBe('1. one\n   1. a\n2. b‸\n   1. c\n3. two');
    expect(await press(moveOut, '- one\n  - s‸ub\n    more\n    - child')).toBe('- one\n- s‸ub\n  more\n  - child');
  });

  it('takes tabs for four columns', async () => {
    expect(await press(moveOut, '- a\n\t- b‸\n\t\t- c')).toBe('- a\n- b‸\n\t- c');
  });

  it('brings children behind a longer number along', async () => {
    expect(await press(moveOut, '8. one\n   1. a‸\n9. two\n   - child\n   words')).toBe('8. one\n9. a‸\n10. two\n    - child\n    words');
  });

  it('takes an item back that has no words yet', async () => {
    expect(await press(moveOut, '1. one\n   1. ‸\n2. two')).toBe('1. one\n2. ‸\n3. two');
    expect(await press(moveOut, '- one\n  - ‸')).toBe('- one\n- ‸');
  });

  it('is not for items that are out already', async () => {
    expect(await press(moveOut, '- one\n- t‸wo')).toBe(false);
  });

  it('takes back what Tab did', async () => {
    for (const text of ['1. one\n2. s‸ub\n3. two', '- a\n- b‸\n  - c\n- d', '9. nine\n10. te‸n\n    - child\n11. more']) {
      const there = await press(moveIn, text);
      expect(there).not.toBe(text);
      expect(there && (await press(moveOut, there))).toBe(text);
    }
  });
});

describe('Tab elsewhere', () => {
  it('writes nothing before the first word of a heading, a paragraph, or in an empty document (R4)', async () => {
    for (const text of ['‸# Heading', '‸words', '‸', 'words\n\n‸', '‸wor\nds‸']) {
      expect(await press(moveIn, text)).toBe(text.startsWith('‸wor\n') ? 'wor\nds‸' : text);
    }
  });

  it('writes a tab within a line', async () => {
    expect(await press(moveIn, 'tea‸2 spoons')).toBe('tea\t‸2 spoons');
  });

  it('goes in to an item’s words below it', async () => {
    expect(await press(moveIn, '1. one\n\n‸')).toBe('1. one\n\n   ‸');
  });

  it('is as ever in code, and in texts that are not Markdown (R5)', async () => {
    expect(await press(moveIn, '```\ncod‸e\n```')).toBe(false);
    expect(await press(moveIn, '- a\n  ```\n  cod‸e\n  ```')).toBe(false);
    expect(await press(moveIn, 'a‸b', 'a.txt')).toBe(false);
    expect(await press(moveIn, '- a‸b', 'a.js')).toBe(false);
  });
});
