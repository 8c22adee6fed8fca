/** Puts together who may do what at this relay: mode, links, tokens, the relay's key. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Access } from './access/access';
import { AttemptsPerMinute } from './access/attempts-per-minute';
import { authoriserOf } from './access/authoriser';
import { ClientAddresses } from './access/client-addresses';
import { LinkAccess } from './access/link-access';
import { Links } from './access/links';
import { LiveGrants } from './access/live-grants';
import { RelayKey } from './access/relay-key';
import { newSecret } from './access/secrets';
import { SHORTEST_SECRET, TokenAccess, type TokenKeys } from './access/tokens';
import { isForThisMachineAlone, type RelayConfig } from './config';
import type { LinkStore } from './rooms/link-store';
import type { Log } from './rooms/ports';
import { readRelayKey, relayKeyFile, writeRelayKey } from './storage/relay-key-file';
import { StartError } from './storage/start-error';
import { systemClock } from './system-clock';
import { RouteGuard } from './transports/route-guard';

export interface RelayAccess {
  readonly access: Access;
  readonly addresses: ClientAddresses;
  readonly links: Links;
  readonly guard: RouteGuard;
  /** Set when the relay's key was made just now. */
  readonly newKeyFile: string | undefined;
}

export interface RelayAccessOptions {
  readonly config: RelayConfig;
  readonly log: Log;
  readonly store: LinkStore;
  /** The data folder, absolute; `undefined` where nothing is kept: then the key is this process's own, and nobody has it. */
  readonly folder: string | undefined;
}

/** @throws {StartError} */
export async function openRelayAccess({ config, log, store, folder }: RelayAccessOptions): Promise<RelayAccess> {
  const clock = systemClock;
  const live = new LiveGrants({ clock, log });
  const tokens = config.tokens === undefined ? undefined : new TokenAccess({ ...(await readTokenOptions(config)), clock });
  const authoriser = authoriserOf(config.access, { links: new LinkAccess({ store, clock }), tokens });
  const access = new Access({ authoriser, live, failures: new AttemptsPerMinute(config.limits.failuresPerMinute), clock });
  const { relayKey, newKeyFile } = await openRelayKey(folder);
  const addresses = new ClientAddresses(config.trustedProxies);
  const guard = new RouteGuard({ access, relayKey, addresses, isLocal: isForThisMachineAlone(config) });
  return { access, addresses, links: new Links({ store, live, clock, random: randomBytes }), guard, newKeyFile };
}

async function openRelayKey(folder: string | undefined): Promise<{ relayKey: RelayKey; newKeyFile: string | undefined }> {
  if (folder === undefined) {
    const key = newSecret(randomBytes);
    return { relayKey: new RelayKey(async () => key), newKeyFile: undefined };
  }
  const isNew = (await readRelayKey(folder)) === undefined;
  if (isNew) await writeRelayKey(folder, newSecret(randomBytes));
  // While the file is gone there is no key, and nothing is it.
  const relayKey = new RelayKey(async () => (await readRelayKey(folder)) ?? newSecret(randomBytes));
  return { relayKey, newKeyFile: isNew ? relayKeyFile(folder) : undefined };
}

async function readTokenOptions({ tokens, publicUrl = '' }: RelayConfig): Promise<{ keys: TokenKeys; audience: string }> {
  if (tokens?.type === 'key-set') return { keys: tokens, audience: publicUrl };
  const path = tokens?.path ?? '';
  let secret: Buffer;
  try {
    secret = await readFile(path);
  } catch (error) {
    const found = error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'unknown';
    throw new StartError(`The secret for tokens cannot be read (${found}); name a file that can be with --jwt-secret-file.`);
  }
  // Editors put a line's end behind what is written in them.
  const trimmed = Buffer.from(secret.toString('latin1').replace(/\r?\n$/, ''), 'latin1');
  if (trimmed.length < SHORTEST_SECRET) {
    throw new StartError(`The secret in ${path} is too short for HS256; it has to be at least ${SHORTEST_SECRET} bytes.`);
  }
  return { keys: { type: 'secret', secret: trimmed }, audience: publicUrl };
}
