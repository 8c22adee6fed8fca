// @vitest-environment happy-dom
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';
import { lineDirection } from '../../src/renderer/editor/line-direction';

let view: EditorView | undefined;
afterEach(() => view?.destroy());

function directions(text: string): string[] {
  view = new EditorView({ state: EditorState.create({ doc: text, extensions: lineDirection() }), parent: document.body });
  return shown(view);
}

function shown({ contentDOM }: EditorView): string[] {
  return [...contentDOM.querySelectorAll('.cm-line')].map((line) => line.getAttribute('dir') ?? '');
}

describe('a line without a letter (R1)', () => {
  it('runs as the table that it is in', () => {
    expect(directions('| مرحبا | سلام |\n|---|---|\n| ١ | 2 |\n| نعم | no |')).toEqual(['auto', 'rtl', 'rtl', 'auto']);
    expect(directions('| a | b |\n|---|---|\n| 1 | 2 |')).toEqual(['auto', 'auto', 'auto']);
  });

  it('runs as the nearest line above, else below, of its block', () => {
    expect(directions('- 1\n- שלום\n- ')).toEqual(['rtl', 'auto', 'rtl']);
    expect(directions('שלום\n1\nwords\n2')).toEqual(['auto', 'rtl', 'auto', 'auto']);
  });

  it('does not look beyond an empty line, and is no empty line', () => {
    expect(directions('שלום\n\n- 1\n\nשלום\n')).toEqual(['auto', 'auto', 'auto', 'auto', 'auto', 'auto']);
  });

  it('turns when the letters around it do (R2)', () => {
    expect(directions('abc\n---')).toEqual(['auto', 'auto']);
    view?.dispatch({ changes: { from: 0, to: 3, insert: 'שלום' } });
    expect(view && shown(view)).toEqual(['auto', 'rtl']);
  });
});
