/**
 * Decides when one connection is asked for what is missing, and when asking has no end.
 *
 * R1  At most one of our sync-requests is outstanding; gaps that come before its answer are neither counted nor asked for.
 * R2  Our requests are a second or more apart when their answers have gaps.
 * R3  When the answers to three requests in a row had gaps: `lasting-gap`.
 * R4  An answer without a gap forgets all before it.
 * R5  A request that is not answered in a minute is asked again at the next gap.
 */
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { Clock } from '../ports';

const MOST_ANSWERS_WITH_GAPS = 3;
const APART_MS = 1_000;
const ANSWER_MS = 60_000;

type State =
  | { readonly type: 'quiet' }
  | { readonly type: 'asked'; readonly at: number }
  /** The last answer had a gap; the next request comes when it is a second after the last. */
  | { readonly type: 'pausing'; readonly stop: () => void };

const QUIET: State = { type: 'quiet' };

/** Whose connection it is. */
export interface Asker {
  sendRequest(): void;
}

export class GapWatch {
  readonly #clock: Clock;
  readonly #asker: Asker;
  #state = QUIET;
  #answersWithGaps = 0;

  constructor(clock: Clock, asker: Asker) {
    this.#clock = clock;
    this.#asker = asker;
  }

  /** Sends a sync-request, at the beginning or because something is missing. */
  ask(): void {
    this.#state = { type: 'asked', at: this.#clock.now() };
    this.#asker.sendRequest();
  }

  /** A gap outside of a sync-reply. */
  noticeGap(): void {
    const state = this.#state;
    if (state.type === 'quiet' || (state.type === 'asked' && this.#clock.now() - state.at >= ANSWER_MS)) this.ask();
  }

  /** A sync-reply that could be taken. */
  noticeAnswer(): void {
    this.end();
    this.#answersWithGaps = 0;
  }

  /** A sync-reply with a gap. Throws {@link Rejected} `lasting-gap`. */
  noticeAnswerWithGap(): void {
    const state = this.#state;
    if (state.type === 'quiet') this.ask();
    if (state.type !== 'asked') return;
    this.#answersWithGaps++;
    if (this.#answersWithGaps >= MOST_ANSWERS_WITH_GAPS) throw new Rejected('lasting-gap');
    const wait = state.at + APART_MS - this.#clock.now();
    if (wait <= 0) this.ask();
    else this.#state = { type: 'pausing', stop: this.#clock.after(wait, () => this.ask()) };
  }

  end(): void {
    if (this.#state.type === 'pausing') this.#state.stop();
    this.#state = QUIET;
  }
}
