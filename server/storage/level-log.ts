/**
 * Looks through LevelDB's own log before LevelDB does: where a record of it is damaged, LevelDB leaves out what is behind it
 * without a word, and a document would load as it was some commits ago.
 *
 * Format (LevelDB's doc/log_format.md): blocks of 32 KiB, in them records of a masked CRC-32C of type and data (4 bytes), a
 * length (2), a type (1) and data; all numbers little-endian. A commit is one whole record, or a first, middle and last ones.
 *
 * R1  Every commit is on disk before the next one begins. So what cannot be read was once complete, and is damaged, when
 *     another commit begins behind it.
 * R2  At the end of the file, what was cut off, or has a piece of zeros that a disk did not write any more, is a commit that
 *     a crash interrupted: nobody was told that it is saved, and LevelDB may leave it out.
 * R3  Anything else at the end has been there in full, and is damaged.
 */
import { crc32c, unmasked } from './crc32c';

const BLOCK = 32 * 1024;
const HEADER = 7;
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;
/** What a disk writes as a whole. */
const SECTOR = 512;

/** Where the first damaged record begins, `undefined` when LevelDB can be trusted with this log. */
export function findDamage(log: Uint8Array): number | undefined {
  /** What cannot be read, since the last record that can. */
  let unreadFrom: number | undefined;
  let lost: { readonly from: number; readonly isTorn: boolean } | undefined;
  const endUnread = (at: number): void => {
    if (unreadFrom === undefined) return;
    lost ??= { from: unreadFrom, isTorn: isTorn(log, unreadFrom, at) };
    unreadFrom = undefined;
  };
  for (let at = 0; at < log.length; ) {
    const blockEnd = Math.min(log.length, at - (at % BLOCK) + BLOCK);
    const isTrailer = at % BLOCK > BLOCK - HEADER;
    const end = isTrailer ? undefined : endOfRecord(log, at, blockEnd);
    if (end === undefined) {
      if (!isTrailer) unreadFrom ??= at;
      at = isTrailer ? blockEnd : at + 1;
      continue;
    }
    endUnread(at);
    const type = log[at + 6];
    if (lost !== undefined && (type === WHOLE || type === FIRST)) return lost.from;
    at = end;
  }
  endUnread(log.length);
  return lost === undefined || lost.isTorn ? undefined : lost.from;
}

/** `undefined` when the bytes at `at` are no intact record. */
function endOfRecord(log: Uint8Array, at: number, blockEnd: number): number | undefined {
  if (at + HEADER > blockEnd) return undefined;
  const type = log[at + 6] as number;
  const end = at + HEADER + lengthAt(log, at);
  if (type < WHOLE || type > LAST || end > blockEnd) return undefined;
  return unmasked(log, at) === crc32c(log.subarray(at + 6, end)) ? end : undefined;
}

/** R2 */
function isTorn(log: Uint8Array, from: number, to: number): boolean {
  if (to === log.length && isCutOff(log, from)) return true;
  for (let start = from; start < to; ) {
    const end = Math.min(to, start - (start % SECTOR) + SECTOR);
    if (log.subarray(start, end).every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

/** Whether the record says that it goes on behind the end. One that is all there, with a wrong length, is not cut off. */
function isCutOff(log: Uint8Array, at: number): boolean {
  if (at + HEADER > log.length) return true;
  return at + HEADER + lengthAt(log, at) > log.length && unmasked(log, at) !== crc32c(log.subarray(at + 6));
}

function lengthAt(log: Uint8Array, at: number): number {
  return (log[at + 4] as number) | ((log[at + 5] as number) << 8);
}

/** Everything in a log that can be read, record by record; ends at the first that cannot. */
export function* readRecords(log: Uint8Array): Iterable<Uint8Array> {
  let pieces: Uint8Array[] = [];
  for (let at = 0; at < log.length; ) {
    const blockEnd = Math.min(log.length, at - (at % BLOCK) + BLOCK);
    if (at % BLOCK > BLOCK - HEADER) {
      at = blockEnd;
      continue;
    }
    const end = endOfRecord(log, at, blockEnd);
    if (end === undefined) return;
    const type = log[at + 6];
    if (type === WHOLE || type === FIRST) pieces = [];
    pieces.push(log.subarray(at + HEADER, end));
    if (type === WHOLE || type === LAST) yield Buffer.concat(pieces);
    at = end;
  }
}
