import type { VNode } from 'preact';
import type { Observable } from '../../shared/observable';
import type { Person } from '../presence/person';
import type { PersonColor } from '../presence/person-colors';
import { MePopover } from './me-popover';
import { initials } from './my-identity';
import { useObservable } from './observe';
import type { Shell } from './shell';

const MOST_AVATARS = 5;

/** The others in the document; a click goes to where someone is writing. */
export function PeopleRow({ shell, people }: { readonly shell: Shell; readonly people: Observable<readonly Person[]> }): VNode {
  const others = useObservable(people).value.filter(({ isMe }) => !isMe);
  const shown = others.length > MOST_AVATARS ? others.slice(0, MOST_AVATARS - 1) : others;
  const more = others.slice(shown.length);
  return (
    <ul class="people" data-testid="people" aria-label="Others in this document">
      {shown.map((person) => (
        <li key={person.id}>
          <button
            type="button"
            class={`avatar${person.idle ? ' idle' : ''}${person.color.dashed ? ' dashed' : ''}`}
            style={avatarColors(person.color)}
            data-tip={tipFor(person)}
            aria-label={`${person.name}: go to where they are`}
            onClick={() => shell.editor.peek()?.reveal(person.id)}
          >
            {initials(person.name)}
          </button>
        </li>
      ))}
      {more.length > 0 && (
        <li>
          <span class="avatar more" data-tip={more.map(({ name }) => name).join(', ')}>
            +{more.length}
          </span>
        </li>
      )}
    </ul>
  );
}

/** Me: a click lets me change my name and colour at once. */
export function MyAvatar({ shell }: { readonly shell: Shell }): VNode {
  const me = useObservable(shell.me).value;
  return (
    <>
      <button
        type="button"
        class={`avatar mine${me.color.dashed ? ' dashed' : ''}`}
        style={avatarColors(me.color)}
        data-tip={`${me.name} (you)`}
        data-testid="me"
        aria-label={`You are ${me.name}: change your name or colour`}
        popovertarget="me-popover"
      >
        {initials(me.name)}
      </button>
      <MePopover shell={shell} />
    </>
  );
}

export function avatarColors(color: PersonColor): Record<string, string> {
  return { backgroundColor: `var(${color.stroke})`, color: `var(${color.on})` };
}

function tipFor({ name, role, idle, cursor }: Person): string {
  if (role === 'viewer') return `${name} · reading`;
  if (idle === true) return `${name} · away`;
  return cursor === undefined ? `${name} · not in the text` : name;
}
