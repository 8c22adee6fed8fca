import type { Keyring } from '../documents/keyring';

/** The keys of relays that a session was given: on the disk where that is possible, in memory in any case. */
export class RelayKeys {
  readonly #keyring: Keyring;
  /** By the relay's id or origin. */
  readonly #given = new Map<string, string>();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  async find(relay: string): Promise<string | undefined> {
    return this.#given.get(relay) ?? (await this.#keyring.relayKey(relay));
  }

  /** As a person typed or pasted it. Resolves when it is kept, or known to be kept in memory alone. */
  async take(relay: string, typed: string): Promise<void> {
    const key = typed.trim();
    this.#given.set(relay, key);
    try {
      await this.#keyring.keepRelayKey(relay, key);
    } catch (error) {
      console.warn('The key of the relay cannot be kept on this device.', error);
    }
  }
}
