// @vitest-environment happy-dom
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newReplica } from '../../src/renderer/documents/new-replica';
import { follower, followPerson, MOMENT_MS } from '../../src/renderer/editor/follower';
import { remoteCursors } from '../../src/renderer/editor/remote-cursors';
import type { Person } from '../../src/renderer/presence/person';
import { personColor } from '../../src/renderer/presence/person-colors';
import { cameBackAs, namesakesOf } from '../../src/renderer/presence/same-person';
import { followNews } from '../../src/renderer/shell/follow-words';
import { ObservableValue } from '../../src/shared/observable';

const person = (id: number, name: string, more: Partial<Person> = {}): Person => ({
  id,
  name,
  color: personColor(3),
  role: 'editor',
  cursor: undefined,
  isMe: false,
  ...more,
});
const me = person(1, 'Me', { isMe: true });
const ada = person(2, 'Ada');
const grace = person(3, 'Grace', { color: personColor(5) });

let people: ObservableValue<readonly Person[]>;
let following: ObservableValue<number | undefined>;
let view: EditorView;

beforeEach(() => {
  vi.useFakeTimers();
  people = new ObservableValue<readonly Person[]>([me, ada, grace]);
  following = new ObservableValue<number | undefined>(undefined);
  const replica = new ObservableValue(newReplica());
  view = new EditorView({
    parent: document.body,
    state: EditorState.create({ extensions: [remoteCursors({ replica, people }), follower({ people, following })] }),
  });
});

afterEach(() => {
  view.destroy();
  vi.useRealTimers();
});

describe('following somebody who goes', () => {
  beforeEach(() => followPerson(view, ada.id));

  it('waits a moment and ends (follower R3)', () => {
    people.set([me, grace]);
    vi.advanceTimersByTime(MOMENT_MS - 1);
    expect(following.current).toBe(ada.id);
    vi.advanceTimersByTime(1);
    expect(following.current).toBeUndefined();
    people.set([me, grace, ada]);
    expect(following.current).toBeUndefined();
  });

  it('goes on when they are back, under the same id or another (follower R3)', () => {
    people.set([me, grace]);
    people.set([me, grace, ada]);
    vi.advanceTimersByTime(2 * MOMENT_MS);
    expect(following.current).toBe(ada.id);
    people.set([me, grace]);
    vi.advanceTimersByTime(MOMENT_MS - 1);
    people.set([me, grace, person(9, 'Ada')]);
    expect(following.current).toBe(9);
    vi.advanceTimersByTime(2 * MOMENT_MS);
    expect(following.current).toBe(9);
  });

  it('never goes on with somebody who may be another (follower R3)', () => {
    people.set([me, grace, person(9, 'Ada', { color: personColor(7) })]);
    people.set([me, grace, person(9, 'Ada'), person(10, 'Ada')]);
    expect(following.current).toBe(ada.id);
    vi.advanceTimersByTime(MOMENT_MS);
    expect(following.current).toBeUndefined();
  });

  it('begins with others only: nobody follows themselves or somebody who is not there', () => {
    followPerson(view, me.id);
    expect(following.current).toBeUndefined();
    followPerson(view, 77);
    expect(following.current).toBeUndefined();
  });

  it('tells nothing any more when the editor is gone', () => {
    people.set([me]);
    view.destroy();
    vi.advanceTimersByTime(2 * MOMENT_MS);
    expect(following.current).toBe(ada.id);
  });
});

describe('who came back', () => {
  it('is them only when nobody else could be meant (same-person R1)', () => {
    const other = person(8, 'Ada');
    expect(cameBackAs(ada, [], [me, grace, other])).toBe(other);
    expect(cameBackAs(ada, namesakesOf(ada, [ada, other]), [me, other])).toBeUndefined();
    expect(cameBackAs(ada, [], [other, person(9, 'Ada')])).toBeUndefined();
    expect(cameBackAs(ada, [], [person(8, 'Ada', { isMe: true })])).toBeUndefined();
    expect(cameBackAs(ada, [], [grace])).toBeUndefined();
  });
});

describe('what is said about it', () => {
  it('is that it began, that it ended, and to everyone that they left', () => {
    expect(followNews(undefined, ada, [ada])).toEqual({ for: 'listeners', sentence: 'You are following Ada.' });
    expect(followNews(ada, undefined, [ada])).toEqual({ for: 'listeners', sentence: 'You no longer follow Ada.' });
    expect(followNews(ada, undefined, [grace])).toEqual({ for: 'everyone', sentence: 'Ada left, so you follow nobody any more.' });
    expect(followNews(ada, person(9, 'Ada'), [])).toEqual({ for: 'nobody' });
    expect(followNews(ada, grace, [ada, grace])).toMatchObject({ sentence: 'You are following Grace.' });
  });
});
