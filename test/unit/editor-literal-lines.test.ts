// @vitest-environment happy-dom
import { EditorState, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';
import { languageOfTitle } from '../../src/renderer/editor/language-of-title';
import { literalLines } from '../../src/renderer/editor/literal-lines';

let view: EditorView | undefined;
afterEach(() => view?.destroy());

/** Each line of a Markdown text with what it was marked as. */
async function markedLines(text: string): Promise<EditorView> {
  const language = await languageOfTitle('Notes.md').load();
  view = new EditorView({ state: EditorState.create({ doc: text, extensions: [language, literalLines()] }), parent: document.body });
  return view;
}

function marks({ contentDOM }: EditorView): string[] {
  return [...contentDOM.querySelectorAll('.cm-line')].map((line) => {
    const marked = ['cm-codeLine', 'cm-tableLine', 'is-first', 'is-last'].filter((name) => line.classList.contains(name));
    return [line.textContent ?? '', ...marked].join(' · ').replaceAll('cm-', '');
  });
}

describe('lines whose columns matter (R1)', () => {
  it('are those of fenced code, with its fences, of indented code and of tables', async () => {
    const text = 'prose\n\n```ts\nlet x;\n\n```\nprose\n\n| a |\n| - |\n| 1 |\n\nprose\n\n    indented\n\nprose';
    expect(marks(await markedLines(text)).filter((line) => line !== '')).toEqual([
      'prose',
      '```ts · codeLine · is-first',
      'let x; · codeLine',
      ' · codeLine',
      '``` · codeLine · is-last',
      'prose',
      '| a | · tableLine',
      '| - | · tableLine',
      '| 1 | · tableLine',
      'prose',
      '    indented · codeLine · is-first · is-last',
      'prose',
    ]);
  });

  it('are found in a list and in a quote, and where a fence is still open', async () => {
    expect(marks(await markedLines('- one\n  ```\n  x\n  ```\n> ```\n> y'))).toEqual([
      '- one',
      '  ``` · codeLine · is-first',
      '  x · codeLine',
      '  ``` · codeLine · is-last',
      '> ``` · codeLine · is-first',
      '> y · codeLine · is-last',
    ]);
  });

  it('follow what is written: a fence that comes and goes (R2)', async () => {
    const editor = await markedLines('one\ntwo');
    editor.dispatch({ changes: { from: 0, insert: '```\n' } });
    expect(marks(editor)).toEqual(['``` · codeLine · is-first', 'one · codeLine', 'two · codeLine · is-last']);
    editor.dispatch({ changes: { from: 0, to: 1 } });
    expect(marks(editor)).toEqual(['``', 'one', 'two']);
  });

  it('are marked when the parser comes later than the text (R2)', async () => {
    view = new EditorView({ state: EditorState.create({ doc: '```\none', extensions: literalLines() }), parent: document.body });
    expect(marks(view)).toEqual(['```', 'one']);
    view.dispatch({ effects: StateEffect.appendConfig.of(await languageOfTitle('Notes.md').load()) });
    expect(marks(view)).toEqual(['``` · codeLine · is-first', 'one · codeLine · is-last']);
  });
});
