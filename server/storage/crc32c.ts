/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), which LevelDB's files carry. Node has only the other CRC-32. Pure. */

/** Reflected. */
const POLYNOMIAL = 0x82f63b78;
/** Bytes taken at once, each through a table of its own: a gigabyte a second instead of half of one. */
const STRIDE = 8;

const TABLES = Array.from({ length: STRIDE }, () => new Uint32Array(256));
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [Table, Table, Table, Table, Table, Table, Table, Table];
type Table = Uint32Array;

for (let byte = 0; byte < 256; byte++) {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) === 1 ? POLYNOMIAL : 0);
  for (const table of TABLES) {
    table[byte] = rest;
    rest = (rest >>> 8) ^ lowByte(rest);
  }
}

export function crc32c(bytes: Uint8Array): number {
  let checksum = 0xffffffff;
  const { length } = bytes;
  let at = 0;
  const byteAt = (index: number): number => bytes[index] as number;
  for (const end = length - (length % STRIDE); at < end; at += STRIDE) {
    const word = checksum ^ (byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16) | (byteAt(at + 3) << 24));
    checksum =
      (T7[word & 0xff] as number) ^
      (T6[(word >>> 8) & 0xff] as number) ^
      (T5[(word >>> 16) & 0xff] as number) ^
      (T4[word >>> 24] as number) ^
      (T3[byteAt(at + 4)] as number) ^
      (T2[byteAt(at + 5)] as number) ^
      (T1[byteAt(at + 6)] as number) ^
      (T0[byteAt(at + 7)] as number);
  }
  for (; at < length; at++) checksum = (checksum >>> 8) ^ (T0[(checksum ^ byteAt(at)) & 0xff] as number);
  return (checksum ^ 0xffffffff) >>> 0;
}

/** Byte by byte, from 0: the checksum of what came before, and one more. */
export function crc32cWith(checksum: number, byte: number): number {
  const state = checksum ^ 0xffffffff;
  return ((state >>> 8) ^ (T0[(state ^ byte) & 0xff] as number) ^ 0xffffffff) >>> 0;
}

/** LevelDB stores checksums rotated by 15 bits, plus a constant, so that a checksum of checksums is one too. */
export function unmasked(bytes: Uint8Array, at: number): number {
  const masked = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** What a byte comes to by itself; the first table, while the others are made. */
function lowByte(rest: number): number {
  let value = rest & 0xff;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 1 ? POLYNOMIAL : 0);
  return value;
}
