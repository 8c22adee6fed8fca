import type { Key, KeyPlace, Keyring } from '../../src/renderer/documents/keyring';

/** The keys of a device, in memory: outlive sessions as a disk outlives restarts. */
export class MemoryKeyring implements Keyring {
  readonly keys = new Map<string, Key>();
  readonly links = new Map<string, Map<string, string>>();
  readonly relayKeys = new Map<string, string>();
  /** As in a private window. */
  isFailing = false;
  /** What is there can be read. */
  isFull = false;
  readonly #idAt: (origin: string) => string | undefined;

  /** @param idAt which relay was met at an origin. */
  constructor(idAt: (origin: string) => string | undefined = () => undefined) {
    this.#idAt = idAt;
  }

  async find(place: KeyPlace): Promise<Key | undefined> {
    return await Promise.resolve(this.isFailing ? undefined : this.keys.get(this.#nameOf(place)));
  }

  async keep(place: KeyPlace, key: Key): Promise<void> {
    await this.#write(() => this.keys.set(this.#nameOf(place), key));
  }

  async keepFirst(place: KeyPlace, key: Key): Promise<Key> {
    return await this.#write(() => {
      const name = this.#nameOf(place);
      if (!this.keys.has(name)) this.keys.set(name, key);
      return this.keys.get(name) ?? key;
    });
  }

  async noteRefused(place: KeyPlace, secret: string): Promise<void> {
    await this.#write(() => {
      const key = this.keys.get(this.#nameOf(place));
      if (key?.secret === secret) this.keys.set(this.#nameOf(place), { ...key, isRefused: true });
    });
  }

  async forget(place: KeyPlace): Promise<void> {
    await this.#write(() => {
      this.keys.delete(this.#nameOf(place));
      this.links.delete(this.#nameOf(place));
    });
  }

  async linkSecrets(place: KeyPlace): Promise<ReadonlyMap<string, string>> {
    return await Promise.resolve(this.links.get(this.#nameOf(place)) ?? new Map<string, string>());
  }

  async keepLinkSecret(place: KeyPlace, link: string, secret: string): Promise<void> {
    await this.#write(() => {
      const name = this.#nameOf(place);
      this.links.set(name, new Map(this.links.get(name)).set(link, secret));
    });
  }

  async relayKey(relay: string): Promise<string | undefined> {
    return await Promise.resolve(this.relayKeys.get(this.#idAt(relay) ?? relay));
  }

  async keepRelayKey(relay: string, key: string): Promise<void> {
    await this.#write(() => this.relayKeys.set(this.#idAt(relay) ?? relay, key));
  }

  async #write<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.isFailing || this.isFull)
      throw new Error('This browser does not let the app keep a copy on this device; leave private browsing.');
    return work();
  }

  #nameOf({ relay, document }: KeyPlace): string {
    return JSON.stringify([this.#idAt(relay) ?? relay, document]);
  }
}
