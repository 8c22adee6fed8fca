/** CRC-32C (Castagnoli; RFC 3720, appendix B.4), which LevelDB's files carry. Node has only the other CRC-32. Pure. */

/** Reflected. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) === 1 ? POLYNOMIAL : 0);
  return rest;
});

export function crc32c(bytes: Uint8Array): number {
  let checksum = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    checksum = (checksum >>> 8) ^ (TABLE[(checksum ^ (bytes[at] as number)) & 0xff] as number);
  }
  return (checksum ^ 0xffffffff) >>> 0;
}
