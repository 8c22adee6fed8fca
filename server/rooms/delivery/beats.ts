/**
 * The beat of a room: whoever heard nothing for a while hears something, and people are renewed.
 *
 * R1  Everyone hears something at least every `beatMs`, else stock clients reconnect after 30 s.
 * R2  People are renewed every 15 s at the least (presence-board.ts).
 * R3  What is kept for those who come at once is let go of when it has not been asked for from one beat to the next.
 */
import type { HistoryLog } from '../history/history-log';
import type { RelayLimits } from '../limits';
import type { Clock } from '../ports';
import { NOBODY_FRAME } from '../presence/people-frames';
import type { PresenceBoard } from '../presence/presence-board';
import type { Outbox } from './outbox';
import type { Recipient } from './recipient';

export interface BeatsOptions {
  readonly clock: Clock;
  readonly limits: Pick<RelayLimits, 'beatMs'>;
  readonly board: Pick<PresenceBoard, 'renew'>;
  readonly history: Pick<HistoryLog, 'coolDown'>;
  readonly outbox: Pick<Outbox, 'send' | 'schedulePresence'>;
  readonly recipients: readonly Recipient[];
}

const RENEW_MS = 15_000;

export class Beats {
  readonly #options: BeatsOptions;
  /** A third of what is promised: who hears nothing for two of them is spoken to, in time. */
  readonly #everyMs: number;
  #stop: (() => void) | undefined;

  constructor(options: BeatsOptions) {
    this.#options = options;
    this.#everyMs = Math.min(options.limits.beatMs, RENEW_MS) / 3;
  }

  /** Harmless when they go already. */
  start(): void {
    this.#stop ??= this.#options.clock.after(this.#everyMs, () => {
      this.#stop = undefined;
      this.#beat();
      this.start();
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #beat(): void {
    const { clock, board, history, outbox, recipients } = this.#options;
    const now = clock.now();
    history.coolDown();
    board.renew();
    outbox.schedulePresence();
    for (const recipient of [...recipients]) {
      if (recipient.lag !== undefined || now - recipient.heardAt < 2 * this.#everyMs) continue;
      recipient.heardAt = now;
      outbox.send(NOBODY_FRAME, recipient);
    }
  }
}
