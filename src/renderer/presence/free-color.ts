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

/**
 * The next colour after `index` that nobody has. Where there are too many people for that, who reads may look like somebody who
 * writes, and the next that no writer has will do. `undefined`: there is nothing to be gained.
 */
export function freeColor(index: number, others: readonly Pick<Person, 'color' | 'role'>[]): number | undefined {
  const writers = others.filter(({ role }) => role === 'editor');
  const free = nextFree(index, others);
  return free === undefined && writers.some(({ color }) => color.index === index) ? nextFree(index, writers) : free;
}

function nextFree(index: number, others: readonly Pick<Person, 'color'>[]): number | undefined {
  const taken = new Set(others.map(({ color }) => color.index));
  const steps = PERSON_COLOR_LIST.map((_, step) => personColor(index + step).index);
  return steps.find((next) => next !== index && !taken.has(next));
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
