/**
 * Who is in a document, folded from the events of its presence feed (docs/http.md) (pure).
 *
 * R1  `people` replaces the list, `left` deletes by id, every other event with people sets by id; one without them changes nothing.
 * R2  Names are one clean line, colours are of the twelve, whoever sends them; a list has an end.
 * R3  What cannot be read is no list: `undefined`.
 * R4  An event in which nobody looks different yields the same object: people move all the time.
 */
import { cleanName } from '../../shared/protocol/presence';
import { isRole, type Role } from '../../shared/protocol/roles';
import { friendlyNameOf } from './friendly-name';
import { nearestColor, type PersonColor, pickColor } from './person-colors';

export interface Attendee {
  /** The presence id. */
  readonly id: number;
  readonly name: string;
  readonly color: PersonColor;
  readonly role: Role;
}

export type Attendance = ReadonlyMap<number, Attendee>;

export const NOBODY: Attendance = new Map();

/** As many as a relay lets into a document, and more than anybody looks at. */
const MOST_ATTENDEES = 5_000;
const CHANGES = new Set(['people', 'joined', 'moved', 'role', 'left']);

export function foldAttendance(before: Attendance, type: string, data: string): Attendance | undefined {
  if (!CHANGES.has(type)) return before;
  const people = parsePeople(data);
  if (people === undefined) return undefined;
  const after = new Map(type === 'people' ? NOBODY : before);
  for (const person of people) {
    const known = before.get(person.id);
    if (type === 'left') after.delete(person.id);
    else after.set(person.id, known !== undefined && looksTheSame(known, person) ? known : person);
  }
  if (after.size > MOST_ATTENDEES) return undefined;
  const isSame = after.size === before.size && [...after].every(([id, attendee]) => before.get(id) === attendee);
  return isSame ? before : after;
}

function parsePeople(data: string): readonly Attendee[] | undefined {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return undefined;
  }
  const people = (said as { readonly people?: unknown } | null)?.people;
  if (!Array.isArray(people) || people.length > MOST_ATTENDEES) return undefined;
  const attendees = people.map(parseAttendee);
  return attendees.every((attendee) => attendee !== undefined) ? attendees : undefined;
}

function parseAttendee(value: unknown): Attendee | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, color, role } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(id) || (id as number) < 0) return undefined;
  const clean = (typeof name === 'string' ? cleanName(name) : '') || friendlyNameOf(id as number);
  const isColor = typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color);
  return {
    id: id as number,
    name: clean,
    color: isColor ? nearestColor(color) : pickColor(clean),
    role: isRole(role) ? role : 'editor',
  };
}

function looksTheSame(one: Attendee, other: Attendee): boolean {
  return one.name === other.name && one.color === other.color && one.role === other.role;
}
