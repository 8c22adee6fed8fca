import type { RelayLimits } from '../../server/rooms/limits';

/** The relay's flag for a limit: `messagesPerSecond` is `--messages-per-second`. */
export function limitFlags(limits: Partial<RelayLimits>): string[] {
  return Object.entries(limits).flatMap(([name, value]) => [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(value)]);
}
