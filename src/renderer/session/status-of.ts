import type { Connection, SessionStatus } from './status';
import type { Phase } from './step';

/** What may be said about a connection: not connected any more as soon as a proof that was asked for is late. */
export function connectionOf(phase: Phase): Connection {
  switch (phase.type) {
    case 'idle':
    case 'looking-up':
    case 'opening':
    case 'joining':
    case 'closed':
      return { state: 'connecting' };
    case 'live':
      return { state: phase.proof === 'late' ? 'connecting' : 'connected' };
    case 'waiting':
      return { state: 'waiting', retryAt: phase.retryAt, reason: phase.reason };
    case 'refused':
      return { state: 'refused', closeCode: phase.closeCode, reason: phase.reason };
  }
}

/** Statuses are plain data, made in one place with their fields in one order. */
export function isSameStatus(a: SessionStatus, b: SessionStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
