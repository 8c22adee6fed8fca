/** When a link ends, as people choose it (pure). */

export const EXPIRIES = ['never', 'hour', 'day', 'week', 'date'] as const;
/** `as-it-is`: of a link that is there. */
export type Expiry = (typeof EXPIRIES)[number] | 'as-it-is';

const HOUR_MS = 3_600_000;
const AFTER_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;

export const EXPIRY_WORDS: Readonly<Record<(typeof EXPIRIES)[number], string>> = {
  never: 'Never',
  hour: 'In an hour',
  day: 'In a day',
  week: 'In a week',
  date: 'On a date…',
};

/**
 * Milliseconds since 1970; `null` for never; `undefined` where it stays as it is.
 * @param date as `<input type="datetime-local">` gives it, in this device's time zone
 * @throws {Error} one sentence for a person, when the date is none, or over.
 */
export function expiryOf(choice: Expiry, date: string, now: number): number | null | undefined {
  switch (choice) {
    case 'as-it-is':
      return undefined;
    case 'never':
      return null;
    case 'date': {
      const then = new Date(date).getTime();
      if (Number.isNaN(then)) throw new Error('Say on which date and at what time the link ends.');
      if (then <= now) throw new Error('That moment is over; choose a later one.');
      return then;
    }
    default:
      return now + AFTER_MS[choice];
  }
}

/** For `<input type="datetime-local">`: `2026-03-03T14:00`, in this device's time zone. */
export function localDate(then: number): string {
  const date = new Date(then);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
