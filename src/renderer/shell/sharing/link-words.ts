/**
 * What is said about a link, in words (pure).
 *
 * R1  A link that lets nobody in any more is said to be over, and why.
 */
import type { Role } from '../../../shared/protocol/roles';
import type { Link } from '../../../shared/protocol/sharing';
import { duration, timeAgo } from '../status-words';

export type LinkState = 'open' | 'revoked' | 'expired' | 'used-up';

/** R1. Times are in milliseconds since 1970. */
export function stateOf({ isRevoked, expiresAt, uses, mostUses }: Link, now: number): LinkState {
  if (isRevoked) return 'revoked';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return mostUses !== null && uses >= mostUses ? 'used-up' : 'open';
}

export function nameOf({ label, role }: Pick<Link, 'label' | 'role'>): string {
  return label === '' ? (role === 'editor' ? 'Link for writing' : 'Link for reading') : label;
}

export function roleWords(role: Role): string {
  return role === 'editor' ? 'Can write' : 'Can read';
}

/** Short facts in their order; `isHere`: whether this device can copy it. */
export function factsOf(link: Link, { now, isHere, locale }: { now: number; isHere: boolean; locale?: string }): string[] {
  return [
    roleWords(link.role),
    cameWords(link),
    endWords(link, now, locale),
    isHere || stateOf(link, now) !== 'open' ? '' : 'made elsewhere',
  ].filter((fact) => fact !== '');
}

function cameWords({ uses, mostUses }: Link): string {
  if (mostUses !== null) return `${uses} of ${mostUses} came`;
  if (uses === 0) return 'nobody came yet';
  return uses === 1 ? '1 person came' : `${uses.toLocaleString()} people came`;
}

function endWords(link: Link, now: number, locale: string | undefined): string {
  switch (stateOf(link, now)) {
    case 'revoked':
      return 'revoked';
    case 'expired':
      return `ended ${link.expiresAt === null ? '' : timeAgo(link.expiresAt, now, locale)}`;
    case 'used-up':
      return 'used up';
    case 'open':
      return link.expiresAt === null ? '' : `ends ${ahead(link.expiresAt, now, locale)}`;
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `in 20 min`, `in 5 h`, and from more than a day on the moment itself: `3 Mar, 14:00`. Never less than is left. */
export function ahead(then: number, now: number, locale?: string): string {
  return then - now <= DAY_MS ? `in ${duration(roundedUp(then - now))}` : `on ${moment(then, now, locale)}`;
}

function roundedUp(milliseconds: number): number {
  const unit = milliseconds > HOUR_MS ? HOUR_MS : milliseconds > MINUTE_MS ? MINUTE_MS : 1_000;
  return Math.ceil(milliseconds / unit) * unit;
}

/** A moment as people write it; the year only when it is another one. */
export function moment(then: number, now: number, locale?: string): string {
  const date = new Date(then);
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return date.toLocaleString(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...year });
}
