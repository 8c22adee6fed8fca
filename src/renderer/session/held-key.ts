import { base64url } from '../../shared/protocol/routes';
import type { Key, KeyPlace, Keyring } from '../documents/keyring';

const SECRET_BYTES = 32;

/** The key of one document at one relay, as a session holds it: on the disk where that is possible, in memory in any case. */
export class HeldKey {
  readonly #keyring: Keyring;
  readonly #random: (bytes: number) => Uint8Array;
  #place: KeyPlace;
  #current: Key | undefined;
  #isOnDisk: boolean;
  #made: string | undefined;
  /** Whether the secret in the address was weighed against it: that relay has seen both. */
  isWeighed = false;

  constructor(options: { keyring: Keyring; random: (bytes: number) => Uint8Array; place: KeyPlace; found: Key | undefined }) {
    this.#keyring = options.keyring;
    this.#random = options.random;
    this.#place = options.place;
    this.#current = options.found;
    this.#isOnDisk = options.found !== undefined;
  }

  get current(): Key | undefined {
    return this.#current;
  }

  get isOnDisk(): boolean {
    return this.#isOnDisk;
  }

  /** A secret for this document that nobody has used: the same one until it is. */
  get made(): string {
    this.#made ??= base64url(this.#random(SECRET_BYTES));
    return this.#made;
  }

  /** The relay is known by now. */
  belongTo(relayId: string): void {
    this.#place = { ...this.#place, relay: relayId };
  }

  /** Whether that relay knows this secret from here. */
  hasShown(secret: string): boolean {
    return this.isWeighed || this.#current?.secret === secret || this.#current?.link === secret;
  }

  /** Looks at the disk again: another window may have changed it. Not where only the memory has the newest. */
  async refresh(): Promise<void> {
    if (this.#current !== undefined && !this.#isOnDisk) return;
    const found = await this.#keyring.find(this.#place);
    if (found !== undefined) this.#hold(found, true);
  }

  /** @returns the key that holds by then: this one, or one that was there. */
  async keepFirst(key: Key): Promise<Key> {
    try {
      this.#hold(await this.#keyring.keepFirst(this.#place, key), true);
    } catch (error) {
      console.warn('A key cannot be kept on this device.', error);
      this.#hold(key, false);
    }
    return this.#current ?? key;
  }

  /** It opens something: resolves with whether it is on the disk. */
  async keep(key: Key): Promise<boolean> {
    if (this.#made === key.secret) this.#made = undefined;
    if (this.#isOnDisk && isSame(this.#current, key)) return true;
    this.#hold(key, false);
    try {
      await this.#keyring.keep(this.#place, key);
    } catch (error) {
      console.warn('A key cannot be kept on this device.', error);
      return false;
    }
    if (this.#current === key) this.#isOnDisk = true;
    return this.#current === key;
  }

  /** It was made in vain. */
  async letGo(key: Key): Promise<void> {
    if (this.#current?.secret === key.secret) this.#hold(undefined, false);
    try {
      const found = await this.#keyring.find(this.#place);
      if (found?.secret === key.secret) await this.#keyring.forget(this.#place);
    } catch (error) {
      console.warn('A key of no use stays on this device.', error);
    }
  }

  #hold(key: Key | undefined, isOnDisk: boolean): void {
    this.#current = key;
    this.#isOnDisk = isOnDisk;
  }
}

function isSame(one: Key | undefined, other: Key): boolean {
  return (
    one !== undefined &&
    one.secret === other.secret &&
    one.link === other.link &&
    one.isUnclaimed === other.isUnclaimed &&
    one.role === other.role &&
    one.isOwner === other.isOwner &&
    one.isRefused === other.isRefused
  );
}
