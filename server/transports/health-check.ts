/** What `/health` answers: whether each part of the relay can do its work right now. */
import type { EventLoopDelay, Health } from '../../src/shared/protocol/routes';
import type { Clock } from '../rooms/ports';
import type { LoopLag } from './loop-lag';

export interface HealthCheckOptions {
  readonly relay: string;
  readonly version: string;
  readonly durable: boolean;
  readonly documentBytes: number;
  readonly access: Health['access'];
  readonly creators: Health['creators'];
  readonly clock: Clock;
  readonly lag: Pick<LoopLag, 'delay'>;
  /** Throws when the store cannot do its work now. */
  checkStore(): Promise<void>;
}

/** Whoever asks more often gets the last answer again: asking must not become work. */
const KEEP_MS = 1_000;
/** A store that hangs is no better than one that fails. */
const STORE_DEADLINE_MS = 5_000;
/** From here on, clients begin to take the relay for gone. */
const LOOP_TOO_LATE_MS = 5_000;

export class HealthCheck {
  readonly #options: HealthCheckOptions;
  #last: { readonly askedAt: number; readonly answer: Promise<Health> } | undefined;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
  }

  ask(): Promise<Health> {
    const now = this.#options.clock.now();
    if (this.#last === undefined || now - this.#last.askedAt >= KEEP_MS) this.#last = { askedAt: now, answer: this.#look() };
    return this.#last.answer;
  }

  async #look(): Promise<Health> {
    const { relay, version, durable, documentBytes, access, creators, lag } = this.#options;
    const store = await this.#store();
    const eventLoop = lag.delay;
    const checks = { store, 'event-loop': judgeEventLoop(eventLoop) };
    const isFine = Object.values(checks).every((result) => result === 'ok');
    return {
      status: isFine ? 'ok' : 'failing',
      relay,
      version,
      checks,
      eventLoop,
      limits: { documentBytes },
      durable,
      access,
      creators,
    };
  }

  /** Says no more than that it fails: the log says why, and the answer is public. */
  async #store(): Promise<string> {
    let cancel = (): void => undefined;
    const deadline = new Promise<string>((resolve) => {
      cancel = this.#options.clock.after(STORE_DEADLINE_MS, () => resolve('does not answer'));
    });
    const check = this.#options.checkStore().then(
      () => 'ok',
      () => 'failing',
    );
    const result = await Promise.race([check, deadline]);
    cancel();
    return result;
  }
}

/** By the longest that anything had to wait for it in the last minute or two: whoever asks has all of that before their eyes. */
function judgeEventLoop({ maxMs }: EventLoopDelay): string {
  return maxMs < LOOP_TOO_LATE_MS ? 'ok' : `was ${maxMs} ms late`;
}
