import type { DeviceStorage } from './documents/device-storage';
import { OpenDocumentsByLocks } from './documents/open-documents';
import { hearOtherWindows, tellOtherWindows } from './documents/other-windows';
import { onOnline } from './network-changes';
import { BackgroundSaving } from './session/background-saving';
import { openDocumentSession, type SessionOptions } from './session/document-session';

export interface SavingParts extends Pick<SessionOptions, 'clock'> {
  readonly storage: Pick<DeviceStorage, 'recent' | 'unsaved' | 'keyring'>;
  /** The only relay that this page may talk to; `undefined` in the app. */
  readonly pageRelay: string | undefined;
  readonly session: Omit<SessionOptions, 'address'>;
}

/** Brings what was typed offline to its relay, once it is started. It lives as long as its page. */
export function savingInBackground({ storage, pageRelay, session, clock }: SavingParts): BackgroundSaving {
  // Browsers have locks for pages over TLS, and of this machine, alone.
  const { locks } = navigator as { readonly locks?: LockManager };
  const saving = new BackgroundSaving({
    recent: storage.recent,
    unsaved: storage.unsaved,
    keyring: storage.keyring,
    openDocuments: new OpenDocumentsByLocks({ locks, channel: new BroadcastChannel('weft.open') }),
    clock,
    chance: Math.random,
    openSession: (address, more) => openDocumentSession({ ...session, ...more, address }),
    mayReach: (relay) => pageRelay === undefined || relay === pageRelay,
    tell: () => tellOtherWindows('unsaved'),
  });
  hearOtherWindows('unsaved', () => saving.hear());
  onOnline(() => saving.look());
  return saving;
}
