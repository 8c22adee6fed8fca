import type { CopyHealth } from '../documents/offline-copy';
import type { Phase } from './connection-state';
import type { Door } from './door';
import type { HeldDocument } from './held-document';
import { type Connection, isDeleted, type SessionStatus } from './status';
import { framesUnderWay, truthOf, type Unsaved, unsavedSince } from './unsaved';

/** What may be said about a connection: not connected any more as soon as a proof that was asked for is late. */
export function connectionOf(phase: Phase): Connection {
  switch (phase.type) {
    case 'idle':
    case 'opening':
    case 'joining':
    case 'closed':
      return { state: 'connecting' };
    case 'looking-up':
    case 'seeking-admission':
      return phase.inUse === undefined ? { state: 'connecting' } : connectionOf(phase.inUse);
    case 'live':
      return { state: phase.proof === 'late' ? 'connecting' : 'connected' };
    case 'waiting':
      return { state: 'waiting', retryAt: phase.retryAt, reason: phase.reason };
    case 'needs-relay-key':
      return { state: 'needs-relay-key', reason: phase.reason };
    case 'refused':
      return { state: 'refused', closeCode: phase.closeCode, reason: phase.reason, ...(phase.mayBegin && { mayBegin: true }) };
  }
}

export function statusOf(phase: Phase, held: HeldDocument, door: Door, isStorageFailing: boolean): SessionStatus {
  const { live, copyHealth, isComplete, savedAt } = held;
  const connection = connectionOf(phase);
  return {
    connection,
    truth: isDeleted(connection) ? 'on-device' : truthOf(live.unsaved),
    unsavedSince: unsavedSince(live.unsaved),
    offlineCopy: offlineCopyOf(copyHealth, live.unsaved),
    relayStorageFailing: isStorageFailing,
    loaded: isComplete,
    role: door.role,
    isOwner: door.isOwner,
    access: door.access,
    transport: held.connecting.transport,
    savedAt,
    underWay: framesUnderWay(live.unsaved),
  };
}

/** An outdated copy takes nothing any more; as long as nothing is typed, there is nothing that it should have taken. */
function offlineCopyOf(health: CopyHealth, unsaved: Unsaved): SessionStatus['offlineCopy'] {
  if (health.state === 'failing') return { ok: false, reason: health.reason };
  return health.state === 'outdated' && unsavedSince(unsaved) !== undefined
    ? { ok: false, reason: OUTDATED }
    : { ok: true, isWritten: health.state !== 'writing' };
}

const OUTDATED = 'Another window loaded this document anew; until this one has too, what you type is kept nowhere else.';
