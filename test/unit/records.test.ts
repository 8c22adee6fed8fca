import { describe, expect, it } from 'vitest';
import {
  DamagedRecord,
  decodeHead,
  decodeRun,
  decodeSnapshot,
  encodeHead,
  encodeRun,
  encodeSnapshot,
  headKey,
  recordKeys,
  runKey,
  snapshotKey,
} from '../../server/storage/records';
import type { DocumentId } from '../../src/shared/protocol/routes';

const NOTES = 'notes' as DocumentId;
const KEYS = { head: headKey(NOTES), run: runKey(NOTES, 7), snapshot: snapshotKey(NOTES) };
const UPDATES = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4])];
const HEAD = { snapshotUpTo: 3, snapshotBytes: 2 ** 40, last: 9, tailBytes: 4 };
const KINDS = [
  ['a head', KEYS.head, encodeHead(KEYS.head, HEAD), decodeHead, HEAD],
  ['a run', KEYS.run, encodeRun(KEYS.run, UPDATES), decodeRun, { first: 7, updates: UPDATES }],
  [
    'a snapshot',
    KEYS.snapshot,
    encodeSnapshot(KEYS.snapshot, { upTo: 3, bytes: new Uint8Array([9]) }),
    decodeSnapshot,
    { upTo: 3, bytes: new Uint8Array([9]) },
  ],
] as const;

describe.each(KINDS)('the record of %s', (_name, key, value, decode, written) => {
  it('reads back as it was written', () => {
    expect(decode(key, value)).toEqual(written);
  });

  it('R2 is damaged when any bit of its value differs', () => {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const flipped = value.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decode(key, flipped), `bit ${bit}`).toThrow(DamagedRecord);
    }
  });

  it('R2 is damaged under another key', () => {
    const elsewhere = key.slice();
    elsewhere[elsewhere.length - 1] = (elsewhere.at(-1) ?? 0) ^ 1;
    expect(() => decode(elsewhere, value)).toThrow(DamagedRecord);
  });

  it('R4 is damaged when it is cut off or goes on', () => {
    for (let length = 0; length < value.length; length++) expect(() => decode(key, value.slice(0, length))).toThrow(DamagedRecord);
    expect(() => decode(key, new Uint8Array([...value, 0]))).toThrow(DamagedRecord);
  });
});

describe('the keys of a document', () => {
  it('R1 are outside the range of every other document', () => {
    for (const other of ['note', 'notes-', 'notes.', 'notes0', 'notess', 'Notes'] as DocumentId[]) {
      const { gte, lte } = recordKeys(other);
      for (const key of [runKey(NOTES, 0), runKey(NOTES, Number.MAX_SAFE_INTEGER), snapshotKey(NOTES)]) {
        expect(Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lte) <= 0, other).toBe(false);
      }
    }
  });

  it('R3 of runs sort by number', () => {
    const numbers = [1, 2, 9, 10, 255, 256, 65_536, 2 ** 32, 2 ** 40];
    const keys = numbers.map((number) => runKey(NOTES, number));
    expect([...keys].reverse().sort(Buffer.compare)).toEqual(keys);
  });
});
