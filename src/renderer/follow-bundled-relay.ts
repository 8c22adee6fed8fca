import type { BundledRelay } from '../shared/bridge';
import type { DeviceStorage } from './documents/device-storage';
import { lookUpRelay } from './session/relay-lookup';
import { isLoopback } from './shell/page-address';

/**
 * The relay of this computer may have to take another port. Its documents follow it: those of the same relay, known by its
 * id, that are listed under another address of this computer. Anything else at the new port moves nothing.
 */
export async function followBundledRelay(
  relay: BundledRelay,
  { storage, fetch, signal }: { storage: Pick<DeviceStorage, 'recent' | 'relays'>; fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<void> {
  if (relay.status !== 'running') return;
  const { address } = relay;
  const lookup = await lookUpRelay(address, { fetch, signal });
  if (lookup.type === 'not-found') return;
  const { relay: relayId } = lookup.health;
  // So that keys and copies are found there without asking. What was known of another relay there, a session finds out.
  if ((await storage.relays.idAt(address)) === undefined) await storage.relays.remember(address, relayId);
  await storage.recent.moveTo(address, (entry) => entry.relayId === relayId && isLoopback(entry.address.relay));
}
