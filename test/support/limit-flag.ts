import type { RelayLimits } from '../../server/rooms/limits';

/** The relay's flag for a limit: `messagesPerSecond` is `--limit-messages-per-second`. */
export function limitFlags(limits: Partial<RelayLimits>): string[] {
  return Object.entries(limits).flatMap(([name, value]) => [
    `--limit-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
}
