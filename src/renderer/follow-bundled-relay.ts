import type { BundledRelay } from '../shared/bridge';
import type { DocumentAddress } from '../shared/protocol/links';
import type { DeviceStorage } from './documents/device-storage';
import { findDocument } from './session/copy-keeper';
import { lookUpRelay } from './session/relay-lookup';
import { isLeftBehind, type MovedRelay } from './shell/moved-relay';

export interface FollowOptions {
  readonly storage: Pick<DeviceStorage, 'recent' | 'relays' | 'copies'>;
  /** Where this relay was before. */
  readonly former: string | undefined;
  /** What is open in this window moves by itself. */
  readonly isOpen: (address: DocumentAddress) => boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/**
 * The relay of this computer may have to take another port. Its documents follow it: those of the same relay, known by its
 * id, that are listed under another address of this computer, and those that began where it was before and never met it.
 * Anything else at the new port moves nothing.
 *
 * @returns what was found; `undefined` while there is no relay, or no answer of one.
 */
export async function followBundledRelay(
  bundled: BundledRelay,
  { storage, former, isOpen, fetch, signal }: FollowOptions,
): Promise<MovedRelay | undefined> {
  if (bundled.status !== 'running') return undefined;
  const { recent, relays } = storage;
  const { address: relay } = bundled;
  const lookup = await lookUpRelay(relay, { fetch, signal });
  if (lookup.type === 'not-found') return undefined;
  const { relay: relayId } = lookup.health;
  // So that keys and copies are found there without asking. What was known of another relay there, a session finds out.
  if ((await relays.idAt(relay)) === undefined) await relays.remember(relay, relayId);
  const metAtFormer = former === undefined ? undefined : await relays.idAt(former);
  // What lies under its origin is this relay's: keys at once, copies as they are looked for.
  if (former !== undefined && metAtFormer === undefined) await relays.remember(former, relayId);
  // Another window, with documents of its own, may have noted it before.
  const isAnothers = metAtFormer !== undefined && metAtFormer !== relayId;
  const moved: MovedRelay = { relay, relayId, former: isAnothers ? undefined : former };
  for (const { address } of recent.list.current.filter((entry) => entry.relayId === moved.former && !isOpen(entry.address))) {
    const { keeper } = await findDocument(address, storage);
    await keeper.close();
  }
  await recent.moveTo({ relay, relayId }, (entry) => isLeftBehind(entry, moved));
  return moved;
}
