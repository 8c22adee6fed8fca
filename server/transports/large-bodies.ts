/**
 * Bodies that the relay keeps in memory until they are whole: a slow line may take minutes (request-times.ts), and so may somebody
 * who means ill.
 *
 * R1  Large ones are bounded in all, from their head on until they are answered, and those of one connection in number.
 * R2  Small ones always pass: as many as there are connections are nothing to a machine, and most of what people type is small.
 */

const SMALL_BYTES = 64 * 1024;
const MOST_BYTES = 256 * 1024 * 1024;
/** Room for so many of the largest there is at the least; and for so many of one connection, which writer-connection.ts takes too. */
const LARGEST = 4;
const MOST_OF_ONE = 4;

export class LargeBodies {
  readonly #most: number;
  readonly #largest: number;
  readonly #ofConnection = new Map<string, number>();
  #bytes = 0;

  constructor(largestBody: number) {
    this.#largest = largestBody;
    this.#most = Math.max(MOST_BYTES, LARGEST * largestBody);
  }

  /**
   * @param length as its head says; `undefined`: it does not.
   * @returns to be called when it is over; `undefined` when there is no room for it now.
   */
  admit(connection: string, length = this.#largest): (() => void) | undefined {
    if (length <= SMALL_BYTES) return () => undefined;
    const count = this.#ofConnection.get(connection) ?? 0;
    if (count >= MOST_OF_ONE || this.#bytes + length > this.#most) return undefined;
    this.#bytes += length;
    this.#ofConnection.set(connection, count + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#bytes -= length;
      const rest = (this.#ofConnection.get(connection) ?? 0) - 1;
      if (rest > 0) this.#ofConnection.set(connection, rest);
      else this.#ofConnection.delete(connection);
    };
  }
}
