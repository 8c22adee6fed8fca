/**
 * How much is read from one connection: a token bucket of messages and one of bytes.
 *
 * R1  A connection that stays within its rates is never paused; a burst may be used up at once.
 * R2  What arrives beyond is a debt: it counts in full, and reading goes on when it is paid off.
 * R3  Nothing is saved up beyond the burst, and a clock that stands still or goes back pays nothing.
 */
export interface ReadRates {
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  readonly bytesPerSecond: number;
  readonly bytesBurst: number;
}

export class ReadBudget {
  #messages: number;
  #bytes: number;
  #paidAt: number;

  /** @param now milliseconds, as in every call that follows. */
  constructor(rates: ReadRates, now: number) {
    this.#messages = rates.messagesBurst;
    this.#bytes = rates.bytesBurst;
    this.#paidAt = now;
  }

  /** Takes one message of so many bytes. False: read no more until {@link isInCredit}. */
  take(bytes: number, rates: ReadRates, now: number): boolean {
    this.isInCredit(rates, now);
    this.#messages -= 1;
    this.#bytes -= bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }

  isInCredit(rates: ReadRates, now: number): boolean {
    const seconds = Math.max(0, now - this.#paidAt) / 1000;
    this.#paidAt = Math.max(this.#paidAt, now);
    this.#messages = Math.min(rates.messagesBurst, this.#messages + seconds * rates.messagesPerSecond);
    this.#bytes = Math.min(rates.bytesBurst, this.#bytes + seconds * rates.bytesPerSecond);
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}
