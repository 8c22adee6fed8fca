import type { SessionStatus } from '../../src/renderer/session/status';

/** An editor's document, connected, with everything saved: what a test of the shell begins from. */
export const SAVED: SessionStatus = {
  connection: { state: 'connected' },
  truth: 'saved',
  unsavedSince: undefined,
  offlineCopy: { ok: true, isWritten: true },
  relayStorageFailing: false,
  loaded: true,
  role: 'editor',
  isOwner: false,
  access: 'open',
  transport: 'websocket',
  savedAt: undefined,
  underWay: 0,
};
