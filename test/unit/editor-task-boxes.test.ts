import { EditorSelection, EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { toggleTasks } from '../../src/renderer/editor/task-boxes';
import { parsedState } from '../support/parsed-state';

/** The text after the command on what stands between the two ‸, or at one. `false`: it is not for it. */
async function ticked(marked: string, readOnly = false): Promise<string | false> {
  const [anchor, head] = [marked.indexOf('‸'), marked.lastIndexOf('‸')];
  const extensions = [await languageOfTitle('Notes.md').load(), EditorState.readOnly.of(readOnly)];
  const selection = EditorSelection.range(anchor, anchor === head ? head : head - 1);
  let state = parsedState({ doc: marked.replaceAll('‸', ''), selection, extensions });
  const isDone = toggleTasks({
    state,
    dispatch: (transaction) => {
      state = transaction.state;
    },
  });
  return isDone && state.doc.toString();
}

describe('ticking by keys', () => {
  it('ticks the box of the line, and opens it again', async () => {
    expect(await ticked('- [ ] one‸\n- [ ] two')).toBe('- [x] one\n- [ ] two');
    expect(await ticked('‸- [X] one')).toBe('- [ ] one');
    expect(await ticked('> 1. [ ] on‸e')).toBe('> 1. [x] one');
    expect(await ticked('- a\n  - [ ] on‸e')).toBe('- a\n  - [x] one');
  });

  it('ticks all of several, and opens them when they were all ticked (R2)', async () => {
    expect(await ticked('- [x] o‸ne\nwords\n\n- [ ] tw‸o')).toBe('- [x] one\nwords\n\n- [x] two');
    expect(await ticked('- [x] o‸ne\n- [x] tw‸o')).toBe('- [ ] one\n- [ ] two');
  });

  it('is not for other lines, code, or who may only read (R1)', async () => {
    expect(await ticked('[ ] on‸e')).toBe(false);
    expect(await ticked('- on‸e')).toBe(false);
    expect(await ticked('```\n- [ ] on‸e\n```')).toBe(false);
    expect(await ticked('- [ ] on‸e', true)).toBe(false);
  });
});
