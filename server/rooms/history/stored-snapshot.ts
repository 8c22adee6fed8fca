/**
 * A snapshot as it is stored: an update (format v1), and behind it what the relay knows of it, so that opening a document
 * costs a copy of its bytes and no walk over its structs. Yjs ignores what stands behind an update: whoever has the file can
 * load it as it is.
 *
 * Layout: update · state vector · delete set · lengths of the first two (32 bit, little endian) · a mark.
 *
 * R1  What does not end with the mark, or whose lengths do not add up, is no snapshot.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { DeletedRanges } from '../updates/deleted-ranges';
import { decodeStateVector, encodeStateVector, type Knowledge } from '../updates/knowledge';

export interface Snapshot extends Knowledge {
  readonly update: Uint8Array;
}

/** “wft1” */
const MARK = 0x31746677;
const TRAILER_BYTES = 12;

/** @param deleteSet encoded as at the end of an update. */
export function encodeSnapshot(update: Uint8Array, clocks: ReadonlyMap<number, number>, deleteSet: Uint8Array): Uint8Array {
  const stateVector = encodeStateVector(clocks);
  const deletedAt = update.length + stateVector.length;
  const trailerAt = deletedAt + deleteSet.length;
  const bytes = new Uint8Array(trailerAt + TRAILER_BYTES);
  bytes.set(update);
  bytes.set(stateVector, update.length);
  bytes.set(deleteSet, deletedAt);
  const trailer = new DataView(bytes.buffer, trailerAt);
  trailer.setUint32(0, update.length, true);
  trailer.setUint32(4, stateVector.length, true);
  trailer.setUint32(8, MARK, true);
  return bytes;
}

/** The update is a view into the bytes. Throws {@link MalformedBytes} (R1). */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const trailerAt = bytes.length - TRAILER_BYTES;
  if (trailerAt < 0) throw new MalformedBytes('a snapshot is too short');
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + trailerAt, TRAILER_BYTES);
  const deletedAt = trailer.getUint32(0, true);
  const clocksEnd = deletedAt + trailer.getUint32(4, true);
  if (trailer.getUint32(8, true) !== MARK || clocksEnd > trailerAt) throw new MalformedBytes('a snapshot has no right end');
  return {
    update: bytes.subarray(0, deletedAt),
    clocks: decodeStateVector(bytes.subarray(deletedAt, clocksEnd)),
    deleted: DeletedRanges.sealed(bytes.subarray(clocksEnd, trailerAt)),
  };
}
