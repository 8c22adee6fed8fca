/**
 * Which clocks a document had at each of its last updates: whoever has everything up to one of them is sent the rest, without
 * telling what it has.
 *
 * R1  `stateVectorAt(n, …)` is the state vector of the document as it was after update number n.
 * R2  What is kept is bounded; older and future numbers are unknown, and so is everything before the room opened.
 */
import { encodeStateVector } from '../updates/knowledge';
import type { Advance } from '../updates/update-check';

/** At least so many advances are kept: about as many updates, for one advances one client as a rule. */
const KEPT = 4_096;

interface Step {
  readonly update: number;
  readonly client: number;
  /** Where the client's clock was before. */
  readonly from: number;
}

export class Positions {
  #steps: Step[] = [];
  /** The oldest update that is known. */
  #oldest: number;
  #newest: number;

  /** @param newest the document's newest update. */
  constructor(newest: number) {
    this.#oldest = newest;
    this.#newest = newest;
  }

  /** Update number `update`, the next one, moved clients on. */
  note(update: number, advances: readonly Advance[]): void {
    this.#newest = update;
    for (const { client, from } of advances) this.#steps.push({ update, client, from });
    if (this.#steps.length < 2 * KEPT) return;
    const dropped = this.#steps.length - KEPT;
    this.#oldest = this.#steps[dropped - 1]?.update ?? update;
    this.#steps = this.#steps.slice(dropped);
  }

  /** @param clocks of now. `undefined` when the number is not known (R2). */
  stateVectorAt(update: number, clocks: ReadonlyMap<number, number>): Uint8Array | undefined {
    if (!Number.isSafeInteger(update) || update < this.#oldest || update > this.#newest) return undefined;
    const then = new Map(clocks);
    for (let index = this.#steps.length - 1; index >= 0; index--) {
      const step = this.#steps[index];
      if (step === undefined || step.update <= update) break;
      if (step.from === 0) then.delete(step.client);
      else then.set(step.client, step.from);
    }
    return encodeStateVector(then);
  }
}
