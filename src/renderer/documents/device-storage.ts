import type { Clock } from './clock';
import { Database } from './database';
import { IndexedCopies } from './indexed-copies';
import { IndexedKeyring } from './indexed-keyring';
import { IndexedKeptTexts, type KeptTexts } from './kept-texts';
import type { Keyring } from './keyring';
import { IndexedKnownRelays, type KnownRelays } from './known-relays';
import type { OfflineCopies } from './offline-copy';
import { IndexedRecentDocuments, type RecentDocuments } from './recent-documents';
import { IndexedUnsavedCopies, type UnsavedCopies } from './unsaved-copies';

/** Everything that this device keeps about documents, without any relay. */
export interface DeviceStorage {
  readonly copies: OfflineCopies;
  readonly kept: KeptTexts;
  readonly relays: KnownRelays;
  readonly recent: RecentDocuments;
  readonly keyring: Keyring;
  readonly unsaved: UnsavedCopies;
}

/** Resolves also where nothing can be kept (private browsing): lists are empty then, and copies say so in their health. */
export async function openDeviceStorage(options: { clock: Clock; random: (bytes: number) => Uint8Array }): Promise<DeviceStorage> {
  const database = new Database();
  const copies = new IndexedCopies({ database, ...options });
  const kept = new IndexedKeptTexts(database);
  const keyring = new IndexedKeyring(database);
  const recent = new IndexedRecentDocuments({ database, copies, keyring });
  await Promise.all([kept.load(), recent.load()]);
  return { copies, kept, relays: new IndexedKnownRelays(database), recent, keyring, unsaved: new IndexedUnsavedCopies(database) };
}
