/** Gathers bytes in one growing array: for what is appended to often and copied out at once. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** @param capacity bytes to make room for at once. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Begins with bytes of someone else: they stay as they are, the first append copies them. */
  static startingWith(bytes: Uint8Array): ByteWriter {
    const writer = new ByteWriter(0);
    writer.#bytes = bytes;
    writer.#length = bytes.length;
    return writer;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far, as a view that later appends leave as it is. */
  view(from = 0, to = this.#length): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  writeBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** As lib0's `writeVarUint`. */
  writeVarUint(value: number): void {
    this.#makeRoom(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(64, needed, this.#bytes.length * 2));
    larger.set(this.view());
    this.#bytes = larger;
  }
}
