/** Reads what Snappy compressed (google/snappy, format_description.txt), as LevelDB's tables have it. Pure. */
import { VarintReader } from './varint-reader';

/** How long it says that it will be; `undefined` when it cannot be read. */
export function uncompressedLength(bytes: Uint8Array): number | undefined {
  return readLength(bytes)?.length;
}

/** `undefined` when it is not whole and right. */
export function uncompress(bytes: Uint8Array): Uint8Array | undefined {
  const head = readLength(bytes);
  if (head === undefined) return undefined;
  const whole = new Uint8Array(head.length);
  let to = 0;
  for (let at = head.at; at < bytes.length; ) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max((tag >> 2) - 59, 0);
      const length = 1 + (extra === 0 ? tag >> 2 : littleEndian(bytes, at, extra));
      at += extra;
      if (at + length > bytes.length || to + length > whole.length) return undefined;
      whole.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
    } else {
      const size = kind === 1 ? 1 : kind === 2 ? 2 : 4;
      if (at + size > bytes.length) return undefined;
      const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
      const back = (kind === 1 ? (tag >> 5) << 8 : 0) + littleEndian(bytes, at, size);
      at += size;
      if (back === 0 || back > to || to + length > whole.length) return undefined;
      // Byte by byte: what is copied may be what this copy has just written.
      for (const end = to + length; to < end; to++) whole[to] = whole[to - back] as number;
    }
  }
  return to === whole.length ? whole : undefined;
}

/** A varint of 32 bits. */
function readLength(bytes: Uint8Array): { readonly length: number; readonly at: number } | undefined {
  const reader = new VarintReader(bytes, 0, Math.min(5, bytes.length));
  const length = reader.number();
  return length === undefined || length >= 2 ** 32 ? undefined : { length, at: reader.at };
}

function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
