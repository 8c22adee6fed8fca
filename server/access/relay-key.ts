/**
 * The relay's own key: what its operator lists and creates documents with. No grant comes of it, in no document.
 *
 * R1  It is read anew for each look, so a key that was replaced counts no more, without a restart.
 */
import { isSameSecret } from './secrets';

export class RelayKey {
  readonly #read: () => Promise<string>;

  /** @param read the key as it is now. */
  constructor(read: () => Promise<string>) {
    this.#read = read;
  }

  async isKey(secret: string | undefined): Promise<boolean> {
    return secret !== undefined && isSameSecret(secret, await this.#read());
  }
}
