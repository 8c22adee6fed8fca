import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState, type EditorStateConfig } from '@codemirror/state';

/** A state of an editor whose text is parsed to its end; the editor itself parses for some milliseconds, and goes on later. */
export function parsedState(config: EditorStateConfig): EditorState {
  const state = EditorState.create(config);
  ensureSyntaxTree(state, state.doc.length, 10_000);
  return state.update({}).state;
}
