/**
 * The one way in: HTTP, WebSocket and event streams all ask here, so none of them forgets a rule of the others.
 *
 * R1  Whoever comes with too many wrong secrets from one address has to wait, whatever they come with next.
 * R2  Coming without a secret is no guess, and is not counted; nor is coming with one that was right once: whoever has many
 *     documents, or many people at one address, would be locked out for what was revoked.
 * R3  A claim of a document that somebody else owns is a guess of the owner's secret.
 */
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Clock } from '../rooms/ports';
import type { AttemptsPerMinute } from './attempts-per-minute';
import { type Authoriser, type Grant, NoGuess } from './grants';
import type { GrantHolder, LiveGrant, LiveGrants } from './live-grants';

/** Somebody at the door. */
export interface Comer {
  /** As it came; `undefined` when nothing did. */
  readonly secret: string | undefined;
  readonly document: DocumentId;
  /** Where from: an IP address. */
  readonly address: string;
}

export interface AccessOptions {
  readonly authoriser: Authoriser;
  readonly live: LiveGrants;
  readonly failures: AttemptsPerMinute;
  readonly clock: Clock;
}

export class Access {
  readonly live: LiveGrants;
  readonly #authoriser: Authoriser;
  readonly #failures: AttemptsPerMinute;
  readonly #clock: Clock;

  constructor({ authoriser, live, failures, clock }: AccessOptions) {
    this.live = live;
    this.#authoriser = authoriser;
    this.#failures = failures;
    this.#clock = clock;
  }

  /** Milliseconds until this address may try again; 0: now (R1). For refusing before anything else is done. */
  waitMs(address: string): number {
    return this.#failures.waitMs(address, this.#clock.now());
  }

  /** For one request. @throws {Rejected} `unauthorized`, `unverifiable`, `too-fast`. */
  authorise({ secret, document, address }: Comer): Promise<Grant> {
    return this.count({ secret, address }, () => this.#authoriser.authorise(secret, document));
  }

  /** For a connection, which `holder` stands for from then on; it releases what it gets. @throws {Rejected} as above. */
  enter(comer: Comer, holder: GrantHolder): Promise<LiveGrant> {
    return this.live.admit(comer.document, () => this.authorise(comer), holder);
  }

  /** Any other look at a secret, such as exchanging it: under the same limit (R3). */
  async count<Result>({ secret, address }: Pick<Comer, 'secret' | 'address'>, look: () => Promise<Result>): Promise<Result> {
    if (this.waitMs(address) > 0) throw new Rejected('too-fast', 'too many wrong secrets');
    try {
      return await look();
    } catch (error) {
      const isWrong = error instanceof Rejected && (error.rejection === 'unauthorized' || error.rejection === 'taken');
      if (isWrong && !(error instanceof NoGuess) && secret !== undefined) this.#failures.add(address, this.#clock.now());
      throw error;
    }
  }
}
