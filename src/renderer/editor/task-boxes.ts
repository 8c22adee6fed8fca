/**
 * The boxes of a task list, `[ ]` and `[x]`, are ticked where they stand.
 *
 * R1  Only what the parser takes for one, and never where the text may only be read.
 * R2  With several lines selected all become ticked; all open, when they were all ticked.
 */
import { syntaxTree } from '@codemirror/language';
import type { ChangeSpec, EditorState, StateCommand } from '@codemirror/state';

export interface TaskBox {
  readonly from: number;
  readonly to: number;
  readonly isTicked: boolean;
}

const BEFORE_BOX = /^[\s>]*(?:(?:[-+*]|\d{1,9}[.)])[\s>]+)+(?=\[[ xX]\])/;

export function taskBoxAt(state: EditorState, at: number, side: 1 | -1): TaskBox | undefined {
  const { name, from, to } = syntaxTree(state).resolveInner(at, side);
  return name === 'TaskMarker' ? { from, to, isTicked: state.sliceDoc(from, to) !== '[ ]' } : undefined;
}

export function tick({ from, isTicked }: TaskBox): ChangeSpec {
  return { from: from + 1, to: from + 2, insert: isTicked ? ' ' : 'x' };
}

/** `false` where no selected line is a task. */
export const toggleTasks: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const boxes = new Map<number, TaskBox>();
  for (const range of state.selection.ranges) {
    for (let at = range.from; at <= range.to; ) {
      const line = state.doc.lineAt(at);
      const before = BEFORE_BOX.exec(line.text)?.[0].length;
      const box = before === undefined ? undefined : taskBoxAt(state, line.from + before, 1);
      if (box !== undefined) boxes.set(box.from, box);
      at = line.to + 1;
    }
  }
  const all = [...boxes.values()];
  if (all.length === 0) return false;
  const areAllTicked = all.every(({ isTicked }) => isTicked);
  dispatch(state.update({ changes: all.filter(({ isTicked }) => isTicked === areAllTicked).map(tick), userEvent: 'input.tick' }));
  return true;
};
