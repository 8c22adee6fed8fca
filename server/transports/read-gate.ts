/**
 * Whether one connection is read from.
 *
 * R1  Not before it was let in, nor once the relay is about to go.
 * R2  Not while much of it waits for its room to open, nor beyond its budget (read-budget.ts).
 */
import { ReadBudget, type ReadRates } from './read-budget';

/** Bytes that wait for the room to open; beyond, reading pauses. */
const MOST_WAITING_BYTES = 64 * 1024;

export class ReadGate {
  readonly #budget: ReadBudget;
  #isAdmitted = false;
  #isDraining = false;
  #isOpen = false;
  #waitingBytes = 0;

  constructor(rates: ReadRates, now: number) {
    this.#budget = new ReadBudget(rates, now);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  admit(): void {
    this.#isAdmitted = true;
  }

  /** For good. */
  drain(): void {
    this.#isDraining = true;
  }

  /** One message was read. False: {@link settle} may have something to change. */
  take(bytes: number, rates: ReadRates, now: number): boolean {
    return this.#budget.take(bytes, rates, now);
  }

  /** What was read waits for the room. False as above. */
  hold(bytes: number): boolean {
    this.#waitingBytes += bytes;
    return this.#waitingBytes <= MOST_WAITING_BYTES;
  }

  /** The room has all that waited. */
  letGo(): void {
    this.#waitingBytes = 0;
  }

  /** Opens or closes as it has to be now; whether that is a change. */
  settle(rates: ReadRates, now: number): boolean {
    const before = this.#isOpen;
    this.#isOpen = this.#isAdmitted && !this.#isDraining && this.#waitingBytes <= MOST_WAITING_BYTES && this.#budget.isInCredit(rates, now);
    return this.#isOpen !== before;
  }
}
