import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { type Observable, ObservableValue } from '../../shared/observable';
import type { EditorHandle } from '../editor/editor';
import type { People } from '../presence/people';
import type { Person } from '../presence/person';
import { looksTheSame } from '../presence/same-looks';
import { followingWords } from './follow-words';
import { useObservable } from './observe';
import type { Shell } from './shell';

const NOBODY: Observable<number | undefined> = new ObservableValue<number | undefined>(undefined);

/** Whom the view of the open document follows. */
export function followingOf(editor: EditorHandle | undefined): Observable<number | undefined> {
  return editor?.following ?? NOBODY;
}

/** A frame around the text in the colour of whom one follows, and who that is. */
export function FollowBar({ shell, people }: { readonly shell: Shell; readonly people: People }): VNode | null {
  const editor = shell.editor.value;
  const id = useObservable(followingOf(editor)).value;
  const here = useObservable(people, looksTheSame).value.find((person) => person.id === id);
  // Whoever is gone for a moment is still who one follows.
  const last = useRef<Person | undefined>(undefined);
  if (here !== undefined) last.current = here;
  const person = last.current;
  if (id === undefined || person === undefined) return null;
  return (
    <div class={`following${person.color.dashed ? ' is-dashed' : ''}`} data-person={person.color.index} data-testid="following">
      <div class="following-bar">
        <span>{followingWords(person, here !== undefined)}</span>
        <button type="button" class="following-end" aria-label={`Stop following ${person.name}`} onClick={() => editor?.follow(undefined)}>
          Stop
        </button>
      </div>
    </div>
  );
}
