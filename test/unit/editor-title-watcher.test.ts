// @vitest-environment happy-dom
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, expect, it, vi } from 'vitest';
import { newReplica } from '../../src/renderer/documents/new-replica';
import { ChangingExtensions } from '../../src/renderer/editor/extensions';
import { LARGEST_STYLED, watchTitle } from '../../src/renderer/editor/title-watcher';
import { ObservableValue } from '../../src/shared/observable';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const megabyte = 'some words in a line\n'.repeat(50_000).slice(0, 1_000_000);

/** An editor whose language is told, not used. */
function openEditor(characters: number) {
  const changing = new ChangingExtensions();
  const languages: Extension[] = [];
  vi.spyOn(changing, 'setKind').mockImplementation(() => undefined);
  vi.spyOn(changing, 'setLanguage').mockImplementation((_view, language) => void languages.push(language));
  const first = newReplica();
  first.content.insert(0, megabyte.repeat(characters / 1_000_000));
  const replica = new ObservableValue(first);
  const view = new EditorView({ state: EditorState.create() });
  ends.push(watchTitle(view, replica, changing), () => view.destroy());
  const isStyled = () => languages.length > 0 && !isEmpty(languages.at(-1));
  return { replica, first, languages, isStyled };
}

function isEmpty(language: Extension | undefined): boolean {
  return Array.isArray(language) && language.length === 0;
}

it('takes the language away from a text that grew too long, and gives it back when it is a good deal shorter', async () => {
  const { first, isStyled, languages } = openEditor(2_000_000);
  await vi.waitFor(() => expect(isStyled()).toBe(true));
  first.content.insert(0, megabyte.repeat(2));
  await vi.waitFor(() => expect(isStyled()).toBe(false));
  first.content.delete(0, 4_000_000 - LARGEST_STYLED + 1);
  await Promise.resolve();
  expect(isStyled()).toBe(false);
  first.content.delete(0, 1_000_000);
  await vi.waitFor(() => expect(isStyled()).toBe(true));
  expect(languages).toHaveLength(3);
});

it('never gives one to a text that is too long when it is opened, whatever it is called', async () => {
  const { first, languages } = openEditor(4_000_000);
  first.title.insert(0, 'data.json');
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(languages).toEqual([]);
});

it('measures a replica that takes the place of another', async () => {
  const { replica, isStyled } = openEditor(4_000_000);
  const short = newReplica();
  short.content.insert(0, 'short');
  replica.set(short);
  await vi.waitFor(() => expect(isStyled()).toBe(true));
});
