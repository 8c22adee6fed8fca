/**
 * A colour that nobody else in the document has, for somebody who never chose one: twelve colours picked by name are soon the same.
 *
 * R1  Whoever comes makes room for whoever is there; of two who come at once, one does: the one with the higher id.
 * R2  Whoever is there already makes room only for a colour that does not: it was chosen.
 * R3  What a person chose is never changed: then this is not asked.
 * R4  Another window of the same person may look the same.
 */
import type { Clock } from '../../shared/clock';
import type { Observable } from '../../shared/observable';
import type { Person } from './person';
import { PERSON_COLOR_LIST, personColor } from './person-colors';

/** How long a colour may be there twice until one of the two makes room: longer than a change of the other takes to arrive. */
export const PATIENCE_MS = { newcomer: { higher: 200, lower: 1_500 }, settled: { higher: 5_000, lower: 8_000 } } as const;
/** After that long one has one's colour. */
export const SETTLED_AFTER_MS = 3_000;

/** The next colour after `index` that nobody has; writers count more where there are too many people. `undefined`: there is none. */
export function freeColor(index: number, others: readonly Pick<Person, 'color' | 'role'>[]): number | undefined {
  for (const rivals of [others, others.filter(({ role }) => role === 'editor')]) {
    const taken = new Set(rivals.map(({ color }) => color.index));
    for (let step = 1; step < PERSON_COLOR_LIST.length; step++) {
      const { index: next } = personColor(index + step);
      if (!taken.has(next)) return next;
    }
  }
  return undefined;
}

/** Calls `take` with another colour when mine is somebody else's too. Returns its own end. */
export function watchForFreeColor(people: Observable<readonly Person[]>, clock: Clock, take: (index: number) => void): () => void {
  const settledAt = clock.now() + SETTLED_AFTER_MS;
  let cancel: (() => void) | undefined;
  const look = () => {
    const me = people.current.find(({ isMe }) => isMe);
    const others = people.current.filter(({ isMe, name }) => !isMe && name !== me?.name);
    const rivals = others.filter(({ color }) => color.index === me?.color.index);
    if (me === undefined || rivals.length === 0) {
      cancel?.();
      cancel = undefined;
      return;
    }
    const patience = PATIENCE_MS[clock.now() < settledAt ? 'newcomer' : 'settled'];
    cancel ??= clock.after(rivals.every(({ id }) => id < me.id) ? patience.higher : patience.lower, () => {
      cancel = undefined;
      const next = freeColor(me.color.index, currentOthers(people));
      if (next !== undefined) take(next);
    });
  };
  const end = people.subscribe(look);
  look();
  return () => {
    end();
    cancel?.();
  };
}

function currentOthers(people: Observable<readonly Person[]>): readonly Person[] {
  return people.current.filter(({ isMe }) => !isMe);
}
