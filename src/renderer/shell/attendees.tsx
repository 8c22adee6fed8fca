import type { VNode } from 'preact';
import { listNames } from '../presence/announcements';
import type { Attendee } from '../presence/attendance';
import { initials } from './my-identity';
import { avatarColors } from './people-row';

const MOST_SHOWN = 3;

/** Who is in a document, small: for a list. Nothing when nobody is, or when it is not known. */
export function Attendees({ attendees }: { readonly attendees: readonly Attendee[] }): VNode | null {
  if (attendees.length === 0) return null;
  const shown = attendees.length > MOST_SHOWN ? attendees.slice(0, MOST_SHOWN - 1) : attendees;
  const more = attendees.length - shown.length;
  const words = attendeesWords(attendees);
  return (
    <span class="attendees" title={words} data-testid="attendees">
      <span class="off-screen">{words}</span>
      {shown.map(({ id, name, color, role }) => (
        <span
          key={id}
          class={`avatar tiny${role === 'viewer' ? ' reader' : ''}${color.dashed ? ' dashed' : ''}`}
          style={avatarColors(color)}
          aria-hidden="true"
        >
          {initials(name)}
        </span>
      ))}
      {more > 0 && (
        <span class="avatar tiny more" aria-hidden="true">
          +{more > 99 ? '99' : more}
        </span>
      )}
    </span>
  );
}

export function attendeesWords(attendees: readonly Attendee[]): string {
  const writers = attendees.filter(({ role }) => role === 'editor');
  const readers = attendees.filter(({ role }) => role === 'viewer');
  const sentences: string[] = [];
  if (writers.length > 0) sentences.push(`${listNames(writers)} ${writers.length === 1 ? 'is' : 'are'} there`);
  if (readers.length > 0) sentences.push(`${listNames(readers)} ${readers.length === 1 ? 'reads' : 'read'}`);
  return sentences.join(', ');
}
