/** Reads the numbers of LevelDB's files one after the other. Pure. */

/** Where a block is in its table. */
export interface Handle {
  readonly offset: number;
  readonly size: number;
}

export class VarintReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /** A varint; those of LevelDB have 32 or 64 bits, and what ours stand for is never beyond 2^53. */
  number(): number | undefined {
    let value = 0;
    for (let shift = 0; this.at < this.#end && shift < 64; shift += 7) {
      const byte = this.#bytes[this.at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  handle(): Handle | undefined {
    const [offset, size] = [this.number(), this.number()];
    return offset === undefined || size === undefined ? undefined : { offset, size };
  }

  byte(): number | undefined {
    return this.at < this.#end ? this.#bytes[this.at++] : undefined;
  }

  /** That many, as a view. */
  take(length: number): Uint8Array | undefined {
    if (this.at + length > this.#end) return undefined;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** Bytes that begin with how many they are. */
  text(): Uint8Array | undefined {
    const length = this.number();
    return length === undefined ? undefined : this.take(length);
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }
}
