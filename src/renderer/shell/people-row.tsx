import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Observable } from '../../shared/observable';
import type { Person } from '../presence/person';
import type { PersonColor } from '../presence/person-colors';
import { looksTheSame } from '../presence/same-looks';
import { isNarrow } from './commands';
import { followingOf } from './follow-bar';
import { avatarLabel, avatarTip } from './follow-words';
import { MePopover } from './me-popover';
import { initials } from './my-identity';
import { useObservable } from './observe';
import type { Shell } from './shell';

const MOST_AVATARS = 5;
/** The title needs room too. */
const MOST_AVATARS_IN_NARROW = 3;
/** A list is for finding somebody; among more one would not look. */
const MOST_LISTED = 100;

interface PeopleProps {
  readonly shell: Shell;
  readonly people: Observable<readonly Person[]>;
}

/** The others in the document, writers first; a click follows someone who writes, another one ends it. */
export function PeopleRow({ shell, people }: PeopleProps): VNode {
  const everyone = useObservable(people, looksTheSame).value.filter(({ isMe }) => !isMe);
  const others = [...everyone.filter(({ role }) => role === 'editor'), ...everyone.filter(({ role }) => role === 'viewer')];
  const followed = useObservable(followingOf(shell.editor.value)).value;
  const most = isNarrow() ? MOST_AVATARS_IN_NARROW : MOST_AVATARS;
  const shown = others.length > most ? others.slice(0, most - 1) : others;
  const more = others.slice(shown.length);
  return (
    <ul class="people" data-testid="people" aria-label="Others in this document">
      {shown.map((person) => (
        <li key={person.id}>
          <button
            type="button"
            {...followButton(shell, person, person.id === followed)}
            class={avatarClass(person, person.id === followed)}
          >
            {initials(person.name)}
          </button>
        </li>
      ))}
      {more.length > 0 && (
        <li>
          <button type="button" class="avatar more" aria-label={`${more.length} more`} popovertarget="more-people">
            +{more.length}
          </button>
          <MorePeople shell={shell} people={more} followed={followed} />
        </li>
      )}
    </ul>
  );
}

function MorePeople(props: { readonly shell: Shell; readonly people: readonly Person[]; readonly followed: number | undefined }): VNode {
  const { shell, people, followed } = props;
  // They come and go: as long as nobody looks, nothing is drawn.
  const isOpen = useSignal(false);
  const listed = isOpen.value ? people.slice(0, MOST_LISTED) : [];
  return (
    <div
      id="more-people"
      class="popover more-people"
      popover="auto"
      role="dialog"
      aria-label="More people in this document"
      onBeforeToggle={({ newState }) => {
        isOpen.value = newState === 'open';
      }}
    >
      <ul>
        {listed.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              class="way"
              {...followButton(shell, person, person.id === followed)}
              data-tip={undefined}
              title={avatarTip(person, person.id === followed)}
            >
              <span class={avatarClass(person, person.id === followed)} style={avatarColors(person.color)} aria-hidden="true">
                {initials(person.name)}
              </span>
              <span class="more-name">{person.name}</span>
              {person.role === 'viewer' && <span class="more-role">reading</span>}
            </button>
          </li>
        ))}
      </ul>
      {isOpen.value && people.length > listed.length && (
        <p class="popover-note">And {(people.length - listed.length).toLocaleString()} more.</p>
      )}
    </div>
  );
}

function followButton(shell: Shell, person: Person, isFollowed: boolean) {
  const canFollow = person.role === 'editor';
  return {
    style: avatarColors(person.color),
    'data-tip': avatarTip(person, isFollowed),
    'aria-label': avatarLabel(person, isFollowed),
    'aria-pressed': canFollow ? isFollowed : undefined,
    onClick: () => {
      if (canFollow) shell.editor.peek()?.follow(isFollowed ? undefined : person.id);
      else shell.say(`${person.name} is reading; you can follow whoever writes.`);
    },
  } as const;
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

/** As custom properties: a reader's avatar is hollow, a writer's full. */
export function avatarColors(color: PersonColor): Record<string, string> {
  return { '--avatar': `var(${color.stroke})`, '--avatar-on': `var(${color.on})` };
}

function avatarClass({ idle, color, role }: Person, isFollowed: boolean): string {
  const is = { idle: idle === true, dashed: color.dashed, reader: role === 'viewer', followed: isFollowed };
  return ['avatar', ...Object.entries(is).flatMap(([name, holds]) => (holds ? [name] : []))].join(' ');
}
