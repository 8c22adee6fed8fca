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
 * R4  Reading goes on behind a damaged record where it says that it ends, if an intact one is there, or each from there on says that it
 *     ends where the next begins; else at the next block. Never by looking for one: what people write is in there, and could look
 *     like one.
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
  const end = endAsSaid(log, at, blockEnd);
  return end !== undefined && unmasked(log, at) === crc32c(log.subarray(at + 6, end)) ? end : undefined;
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

export interface LogRecord {
  readonly bytes: Uint8Array;
  /** Whether its checksums are right. */
  readonly isIntact: boolean;
}

/** Everything in a log that is as it was written, record by record. */
export function* readRecords(log: Uint8Array): Iterable<Uint8Array> {
  for (const { bytes, isIntact } of salvageRecords(log)) if (isIntact) yield bytes;
}

/** R4: what is not as it was written too, where it is known from where to where it goes. */
export function* salvageRecords(log: Uint8Array): Iterable<LogRecord> {
  /** Of a record whose first piece was read, and every one since. */
  let pieces: Uint8Array[] | undefined;
  let isIntact = true;
  for (let at = 0; at < log.length; ) {
    const blockEnd = Math.min(log.length, at - (at % BLOCK) + BLOCK);
    const end = at + HEADER > blockEnd ? undefined : (endOfRecord(log, at, blockEnd) ?? endOfDamaged(log, at, blockEnd));
    if (end === undefined) {
      if (at + HEADER <= blockEnd) pieces = undefined;
      at = blockEnd;
      continue;
    }
    const type = log[at + 6];
    if (type === WHOLE || type === FIRST) [pieces, isIntact] = [[], true];
    isIntact &&= endOfRecord(log, at, blockEnd) !== undefined;
    pieces?.push(log.subarray(at + HEADER, end));
    if (pieces !== undefined && (type === WHOLE || type === LAST)) {
      yield { bytes: Buffer.concat(pieces), isIntact };
      pieces = undefined;
    }
    at = end;
  }
}

/** Where a damaged record ends; `undefined` when what it says about that does not fit with what comes behind it (R4). */
function endOfDamaged(log: Uint8Array, at: number, blockEnd: number): number | undefined {
  const end = endAsSaid(log, at, blockEnd);
  if (end === undefined || endOfRecord(log, end, blockEnd) !== undefined) return end;
  let next: number | undefined = end;
  while (next !== undefined && next + HEADER <= blockEnd) next = endAsSaid(log, next, blockEnd);
  return next === undefined ? undefined : end;
}

function endAsSaid(log: Uint8Array, at: number, blockEnd: number): number | undefined {
  const type = log[at + 6] as number;
  const end = at + HEADER + lengthAt(log, at);
  return type < WHOLE || type > LAST || end > blockEnd ? undefined : end;
}
