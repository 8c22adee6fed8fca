/**
 * Takes up a certificate that was renewed on the disk, without a restart.
 *
 * R1  Both files are read again every ten seconds, by their names: whatever put the new ones there (a rename, a link to another
 *     folder, a write in place), they are found, without a signal that somebody has to think of.
 * R2  A pair that cannot be used changes nothing, and is looked at again: the two files are not replaced in one moment.
 * R3  What a person has to do something about (a pair that stays broken, an end that comes near) is logged, once for each.
 */
import type { Clock, Log } from './rooms/ports';
import { readTlsPair, type TlsFiles, type TlsPair } from './tls-files';

export interface TlsRenewalOptions {
  readonly files: TlsFiles;
  /** What is in use. */
  readonly pair: TlsPair;
  readonly clock: Clock;
  readonly log: Log;
  /** From here on, new connections get this one. */
  use(pair: TlsPair): void;
  /** Instead of the disk. @throws {Error} with a sentence */
  read?(files: TlsFiles, now: number): Promise<TlsPair>;
}

export const LOOK_MS = 10_000;
/** Whoever renews by a timer does so a month before. */
const SOON_MS = 14 * 24 * 60 * 60_000;

export class TlsRenewal {
  readonly #options: TlsRenewalOptions;
  #pair: TlsPair;
  #said = '';
  #isStopped = false;
  #cancel: () => void;

  constructor(options: TlsRenewalOptions) {
    this.#options = options;
    this.#pair = options.pair;
    this.#warnBeforeItEnds();
    this.#cancel = options.clock.after(LOOK_MS, () => void this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { files, clock, log, use, read = readTlsPair } = this.#options;
    try {
      const found = await read(files, clock.wallTime());
      if (this.#isStopped) return;
      if (!found.cert.equals(this.#pair.cert) || !found.key.equals(this.#pair.key)) {
        use(found);
        this.#pair = found;
        log.info({ until: new Date(found.expiresAt).toISOString() }, 'A renewed certificate is in use');
      }
      this.#warnBeforeItEnds();
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
    if (!this.#isStopped) this.#cancel = clock.after(LOOK_MS, () => void this.#look());
  }

  #warnBeforeItEnds(): void {
    const { clock } = this.#options;
    const { expiresAt } = this.#pair;
    if (expiresAt - clock.wallTime() < SOON_MS) this.#say(`The certificate is valid until ${new Date(expiresAt).toISOString()}; renew it.`);
    else this.#said = '';
  }

  /** R3 */
  #say(sentence: string): void {
    if (sentence === this.#said) return;
    this.#said = sentence;
    this.#options.log.warn({ detail: sentence }, 'The certificate needs somebody');
  }
}
