/**
 * `weft-relay key`: shows the relay's key to whoever sits at a terminal; `--new` replaces it.
 *
 * R1  The key is printed to a terminal alone: a pipe ends in a file or a log more often than not. It names the file otherwise.
 * R2  A running relay takes the new key at once (access/relay-key.ts, R1).
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { newSecret, type Random } from './access/secrets';
import { readRelayKey, relayKeyFile, writeRelayKey } from './storage/relay-key-file';

export interface KeyCommand {
  /** The data folder, as written. */
  readonly data: string;
  readonly isNew: boolean;
}

/** What to print. @throws {StartError} */
export async function runKeyCommand(
  { data, isNew }: KeyCommand,
  { random, isTerminal }: { random: Random; isTerminal: boolean },
): Promise<string> {
  const folder = resolve(data);
  let key = isNew ? undefined : await readRelayKey(folder);
  if (key === undefined) {
    key = newSecret(random);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeRelayKey(folder, key);
  }
  return isTerminal ? `${key}\n` : `The relay's key is in ${relayKeyFile(folder)}\n`;
}
