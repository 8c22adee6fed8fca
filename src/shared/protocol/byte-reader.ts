/**
 * Reads the numbers and byte strings of lib0's encoding from bytes that nobody has checked yet.
 *
 * lib0's own decoder makes views with the length that the bytes claim, over the whole underlying buffer: in a pooled
 * Buffer that shows a neighbour's memory. This reader never looks past the end of its own bytes.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  get atEnd(): boolean {
    return this.position === this.bytes.length;
  }

  /** One byte, 0–255. Throws {@link MalformedBytes} at the end. */
  readByte(): number {
    if (this.position >= this.bytes.length) throw new MalformedBytes('ends too early');
    return this.bytes[this.position++] as number;
  }

  /**
   * An unsigned integer in 7-bit groups, lowest first (lib0 `writeVarUint`), at most 2^53 − 1.
   * Longer than needed (`80 00`) is legal in lib0 and so here: whoever decides by a frame's type decides after this.
   */
  readVarUint(): number {
    let value = 0;
    let factor = 1;
    for (let length = 0; length < 8; length++) {
      const byte = this.readByte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 128;
    }
    throw new MalformedBytes('a number is out of range');
  }

  /** `length` bytes as a view, without a copy. */
  readBytes(length: number): Uint8Array {
    if (length > this.remaining) throw new MalformedBytes('a length points past the end');
    const start = this.position;
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }

  /** A length and that many bytes (lib0 `writeVarUint8Array`), as a view. */
  readVarBytes(): Uint8Array {
    return this.readBytes(this.readVarUint());
  }

  /** A length and that many bytes of UTF-8 (lib0 `writeVarString`). Invalid UTF-8 is refused, never replaced. */
  readVarString(): string {
    const bytes = this.readVarBytes();
    try {
      return strictUtf8.decode(bytes);
    } catch {
      throw new MalformedBytes('a string is not UTF-8');
    }
  }

  /** Throws unless every byte was read. */
  expectEnd(): void {
    if (!this.atEnd) throw new MalformedBytes('has bytes after its end');
  }
}

/** Bytes that break the format; the message says where, for logs. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

// ignoreBOM keeps U+FEFF: it is text like any other, and dropping it would shorten the string.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
