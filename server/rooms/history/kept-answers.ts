/**
 * Answers to those who ask what they have missed, kept while they hold: a thousand clients come back at once, mostly with the
 * same clocks.
 *
 * R1  No more than {@link MOST}, nor more than {@link MOST_BYTES} in all; but the newest in any case: all may ask for the whole of
 *     a large document.
 * R2  What nobody asked for between two calls of `coolDown` is let go of.
 */

const MOST = 8;
const MOST_BYTES = 4 * 1024 * 1024;

interface Kept {
  readonly answer: Uint8Array;
  readonly bytes: number;
  isWarm: boolean;
}

export class KeptAnswers {
  /** By state vector, oldest first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** With what they are found by. */
  get bytes(): number {
    return this.#bytes;
  }

  find(stateVector: Uint8Array): Uint8Array | undefined {
    if (this.#kept.size === 0) return undefined;
    const kept = this.#kept.get(keyOf(stateVector));
    if (kept === undefined) return undefined;
    kept.isWarm = true;
    return kept.answer;
  }

  /** One that was not found. */
  keep(stateVector: Uint8Array, answer: Uint8Array): void {
    const bytes = stateVector.length + answer.length;
    this.#kept.set(keyOf(stateVector), { answer, bytes, isWarm: true });
    this.#bytes += bytes;
    for (const [key, { bytes }] of this.#kept) {
      if (this.#kept.size === 1 || (this.#kept.size <= MOST && this.#bytes <= MOST_BYTES)) return;
      this.#drop(key, bytes);
    }
  }

  coolDown(): void {
    for (const [key, kept] of this.#kept) {
      if (!kept.isWarm) this.#drop(key, kept.bytes);
      kept.isWarm = false;
    }
  }

  clear(): void {
    if (this.#kept.size === 0) return;
    this.#kept.clear();
    this.#bytes = 0;
  }

  #drop(key: string, bytes: number): void {
    this.#kept.delete(key);
    this.#bytes -= bytes;
  }
}

function keyOf(stateVector: Uint8Array): string {
  return Buffer.from(stateVector.buffer, stateVector.byteOffset, stateVector.length).toString('latin1');
}
