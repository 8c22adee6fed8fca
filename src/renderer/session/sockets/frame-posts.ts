/**
 * The up half of a connection without WebSocket: one POST after the other, until the relay has every frame once.
 *
 * R1  One POST is under way; what gathers meanwhile goes with the next one. No answer, or one that may pass: the same again,
 *     after a pause that grows.
 * R2  Signs of life, for which a heartbeat or a probe asks, go at once: by the next POST, or, when one is under way and may
 *     take long, by one of their own, without frames: nothing that takes long silences them.
 * R3  It ends once: when the relay refuses (the code is that of the table), does not know the connection any more, or says
 *     what cannot be. Then nothing of it stays, no request and no timer.
 * R4  `finish` hands over what is still here, for two seconds at the most.
 * R5  More than {@link MOST_WAITING_BYTES} never wait.
 * R6  Neither frames nor a secret go to whoever may be another than the relay that let us in (relay-sight.ts): it is seen first.
 */
import type { Clock } from '../../../shared/clock';
import { REJECTIONS } from '../../../shared/protocol/rejections';
import { askRelay, type RelayAnswer } from '../../streams/relay-request';
import { OTHER_RELAY } from '../relay-lookup';
import { closeCodeOf } from './close-code';
import { type Batch, PostQueue } from './post-queue';
import type { RelaySight, Sight } from './relay-sight';
import { CUT_CODE } from './socket-face';

export const MOST_WAITING_BYTES = 32 * 1024 * 1024;
const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 4_000;
const FINISH_MS = 2_000;
/** For an answer; with a large body more, as long as the line carries 64 kbit/s. */
const ANSWER_MS = 15_000;
const SLOWEST_BYTES_PER_MS = 8;

export interface FramePostsOptions {
  readonly url: string;
  /** Who POSTs, and for which connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** 0 ≤ result < 1 */
  readonly chance: () => number;
  readonly sight: RelaySight;
  readonly onEnd: (code: number, reason: string) => void;
}

type State =
  | { readonly type: 'idle' }
  /** What else is sent in this turn goes along. */
  | { readonly type: 'gathering' }
  /** For the relay, before the next POST. */
  | { readonly type: 'looking' }
  | { readonly type: 'posting' }
  | { readonly type: 'pausing'; readonly callOff: () => void }
  | { readonly type: 'over' };

export class FramePosts {
  readonly #options: FramePostsOptions;
  readonly #queue = new PostQueue();
  readonly #requests = new AbortController();
  #state: State = { type: 'idle' };
  #failures = 0;
  /** Set while it is being finished: what to do then. */
  #finish: { readonly done: () => void; readonly callOff: () => void } | undefined;

  constructor(options: FramePostsOptions) {
    this.#options = options;
  }

  /** Bytes of frames that the relay has not confirmed. */
  get waitingBytes(): number {
    return this.#queue.bytes;
  }

  get #isOver(): boolean {
    return this.#state.type === 'over';
  }

  send(frame: Uint8Array): void {
    if (this.#state.type === 'over') return;
    // R5. Whoever comes back sends it as one update.
    if (this.#queue.bytes > MOST_WAITING_BYTES) {
      this.#end(CUT_CODE, 'Too much is waiting to be sent; connecting anew.');
      return;
    }
    this.#queue.add(frame);
    if (this.#state.type !== 'idle') return;
    this.#state = { type: 'gathering' };
    queueMicrotask(() => this.#postNow());
  }

  /** R2 */
  giveSignOfLife(): void {
    if (this.#state.type === 'posting') void this.#postNothing();
    else this.#postNow();
  }

  /** R4. @param done called when nothing is left to do; at once, when that is so already. */
  finish(done: () => void): void {
    if (this.#state.type === 'over' || this.#finish !== undefined) return;
    if (this.#queue.isEmpty) {
      this.stop();
      done();
      return;
    }
    this.#finish = { done, callOff: this.#options.clock.after(FINISH_MS, () => this.#finished()) };
    this.#postNow();
  }

  /** Ends it now. */
  stop(): void {
    if (this.#state.type === 'pausing') this.#state.callOff();
    this.#state = { type: 'over' };
    this.#finish?.callOff();
    this.#requests.abort();
  }

  #finished(): void {
    const { done } = this.#finish ?? {};
    this.stop();
    done?.();
  }

  #end(code: number, reason: string): void {
    if (this.#state.type === 'over') return;
    if (this.#finish !== undefined) {
      this.#finished();
      return;
    }
    this.stop();
    this.#options.onEnd(code, reason);
  }

  #pause(ms: number): void {
    const callOff = this.#options.clock.after(ms, () => {
      this.#state = { type: 'idle' };
      this.#postNow();
    });
    this.#state = { type: 'pausing', callOff };
  }

  #postNow(): void {
    const { type } = this.#state;
    if (type === 'looking' || type === 'posting' || type === 'over') return;
    if (this.#state.type === 'pausing') this.#state.callOff();
    if (this.#options.sight.isFresh) this.#postBatch();
    else void this.#lookFirst();
  }

  #postBatch(): void {
    this.#state = { type: 'posting' };
    const batch = this.#queue.batch();
    void this.#ask(batch).then((answer) => this.#take(batch, answer));
  }

  /** R6 */
  async #lookFirst(): Promise<void> {
    this.#state = { type: 'looking' };
    const seen = await this.#look();
    if (seen === 'same') this.#postBatch();
    else if (seen === 'nobody') this.#tryAgain();
  }

  /** `undefined`: it is over. */
  async #look(): Promise<Sight | undefined> {
    const seen = await this.#options.sight.look(this.#requests.signal);
    if (seen === 'other') this.#end(CUT_CODE, OTHER_RELAY);
    return this.#isOver ? undefined : seen;
  }

  /** R2, R6: the POST that is under way may take longer than the relay waits for a sign of life. */
  async #postNothing(): Promise<void> {
    if (!this.#options.sight.isFresh && (await this.#look()) !== 'same') return;
    this.#heedRefusal(await this.#ask({ first: 1, count: 0, body: new Uint8Array() }));
  }

  #ask({ first, count, body }: Batch): Promise<RelayAnswer | undefined> {
    const { url, headers, fetch, clock } = this.#options;
    const numbered = { ...headers, 'Content-Type': 'application/octet-stream', 'Weft-Frame': String(first) };
    const request = { url, method: 'POST', headers: numbered, ...(count === 0 ? {} : { body }) } as const;
    const ms = ANSWER_MS + body.length / SLOWEST_BYTES_PER_MS;
    return askRelay(request, { fetch, clock, ms, signal: this.#requests.signal });
  }

  #take(batch: Batch, answer: RelayAnswer | undefined): void {
    if (this.#state.type === 'over') return;
    this.#state = { type: 'idle' };
    const received = answer?.said?.received;
    if (typeof received !== 'number') {
      this.#options.sight.doubt();
      if (!this.#heedRefusal(answer)) this.#tryAgain();
      return;
    }
    this.#options.sight.heard();
    const isHole = answer?.status === 409;
    const result = isHole && received < this.#queue.taken ? 'impossible' : this.#queue.confirm(received);
    if (result === 'impossible') this.#end(CUT_CODE, 'The relay lost track of this connection.');
    // Something on the way answered with an old answer.
    else if (result === 'nothing-new' && batch.count > 0) this.#tryAgain();
    else this.#goOn();
  }

  #goOn(): void {
    this.#failures = 0;
    if (!this.#queue.isEmpty) this.#postNow();
    else if (this.#finish !== undefined) this.#finished();
  }

  /** What is not said to be tried again (R3). Proxies say many things, and only one of them is believed: that it is too large. */
  #heedRefusal(answer: RelayAnswer | undefined): boolean {
    const { error = answer?.status === 413 ? 'too-large' : undefined, reason = '' } = answer?.said ?? {};
    if (this.#state.type === 'over' || typeof error !== 'string' || typeof reason !== 'string') return false;
    if (error === 'not-found') this.#end(CUT_CODE, 'The relay ended this connection.');
    else if (Object.hasOwn(REJECTIONS, error) && !REJECTIONS[error as keyof typeof REJECTIONS].comeBack)
      this.#end(closeCodeOf(error), reason);
    else return false;
    return true;
  }

  #tryAgain(): void {
    const bound = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    this.#pause(bound * (0.5 + this.#options.chance() / 2));
  }
}
