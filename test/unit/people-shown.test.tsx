// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/renderer/presence/person';
import { personColor } from '../../src/renderer/presence/person-colors';
import { looksTheSame } from '../../src/renderer/presence/same-looks';
import { useObservable } from '../../src/renderer/shell/observe';
import { ObservableValue } from '../../src/shared/observable';

const cursorAt = (clock: number) => {
  const place = { tname: 'content', item: { client: 1, clock }, assoc: 0 };
  return { anchor: place, head: place };
};
const ada: Person = { id: 1, name: 'Ada', color: personColor(0), role: 'editor', cursor: cursorAt(0), isMe: false };
const ben: Person = { ...ada, id: 2, name: 'Ben', color: personColor(1) };

let drawn = 0;
function Names({ people }: { readonly people: ObservableValue<readonly Person[]> }) {
  drawn++;
  return (
    <p>
      {useObservable(people, looksTheSame)
        .value.map(({ name }) => name)
        .join(', ')}
    </p>
  );
}

afterEach(() => {
  render(null, document.body);
  drawn = 0;
});

async function show(...first: readonly Person[]) {
  const people = new ObservableValue<readonly Person[]>(first);
  await act(() => render(<Names people={people} />, document.body));
  const before = drawn;
  const become = async (...next: readonly Person[]) => {
    await act(() => people.set(next));
    return { times: drawn - before, text: document.body.textContent };
  };
  return { become };
}

describe('a list of people', () => {
  it('is not drawn anew when somebody only moved, a hundred times', async () => {
    const { become } = await show(ada, ben);
    for (let clock = 1; clock <= 100; clock++) expect((await become({ ...ada, cursor: cursorAt(clock) }, ben)).times).toBe(0);
  });

  it.each<readonly [what: string, next: readonly Person[]]>([
    ['comes', [ada, ben, { ...ada, id: 3, name: 'Cleo' }]],
    ['leaves', [ada]],
    ['is called something else', [{ ...ada, name: 'Ada L.' }, ben]],
    ['has another colour', [{ ...ada, color: personColor(5) }, ben]],
    ['reads from now on', [{ ...ada, role: 'viewer' }, ben]],
    ['is away', [{ ...ada, idle: true }, ben]],
    ['leaves the text', [{ ...ada, cursor: undefined }, ben]],
    ['has another id', [{ ...ada, id: 9 }, ben]],
  ])('is drawn anew when somebody %s', async (_what, next) => {
    const { become } = await show(ada, ben);
    expect(await become(...next)).toEqual({ times: 1, text: next.map(({ name }) => name).join(', ') });
  });
});
