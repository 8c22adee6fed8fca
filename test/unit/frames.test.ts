import { describe, expect, it } from 'vitest';
import { ByteReader, MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { decodeFrame, encodeFrame, encodeVarUint, type Frame } from '../../src/shared/protocol/frames';
import { maySend } from '../../src/shared/protocol/roles';

const bytes = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

describe('frames', () => {
  const frames: Frame[] = [
    { type: 'sync-request', stateVector: bytes('00') },
    { type: 'sync-reply', update: bytes('0000') },
    { type: 'update', update: new Uint8Array(300).fill(7) },
    { type: 'awareness', entries: bytes('00') },
    { type: 'query-awareness' },
    { type: 'progress', received: 70_000, saved: 2 ** 40 },
    { type: 'notice', notice: { type: 'role', role: 'viewer' } },
    { type: 'notice', notice: { type: 'draining', backInMs: 1500 } },
    { type: 'notice', notice: { type: 'storage', failing: true } },
  ];

  it.each(frames)('come back as they went: $type', (frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
  });

  it('are exactly those of y-protocols on the wire', () => {
    expect(encodeFrame({ type: 'sync-request', stateVector: bytes('00') })).toEqual(bytes('00000100'));
    expect(encodeFrame({ type: 'update', update: bytes('0000') })).toEqual(bytes('0002020000'));
    expect(encodeFrame({ type: 'awareness', entries: bytes('00') })).toEqual(bytes('010100'));
  });

  it.each([
    ['an empty message', ''],
    ['ten ff', 'ff'.repeat(10)],
    ['a thousand 80 and then 00', `${'80'.repeat(1000)}00`],
    ['the type of y-protocols auth', '020000'],
    ['an unknown type', '07'],
    ['an unknown type of two bytes', 'ff7f'],
    ['an unknown sync step', '0003'],
    ['a length of 2^31 without a body', '00028080808008'],
    ['a length one too long', '0002030000'],
    ['a byte after the end', '000202000000'],
    ['a second frame behind the first', '00020200000300'],
    ['a notice that is not JSON', '65026e6f'],
    ['an unknown notice', '65027b7d'],
  ])('R1 R2 refuse %s', (_what, hex) => {
    expect(() => decodeFrame(bytes(hex))).toThrow(MalformedBytes);
  });

  it('R1 never look past their own bytes into a pooled buffer', () => {
    const pool = Buffer.from('0002040000736563726574', 'hex');
    expect(() => decodeFrame(pool.subarray(0, 5))).toThrow(MalformedBytes);
  });

  it('take numbers that are longer than needed for what they are, so a viewer cannot hide an update in them', () => {
    const hidden = decodeFrame(bytes('80008200020000'));
    expect(hidden.type).toBe('update');
    expect(maySend('viewer', hidden)).toBe(false);
    expect(maySend('editor', hidden)).toBe(true);
  });

  it('of a viewer may be anything that does not write', () => {
    expect(frames.filter((frame) => !maySend('viewer', frame)).map((frame) => frame.type)).toEqual(['sync-reply', 'update']);
  });
});

describe('a byte reader', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])('reads the number %i back', (value) => {
    expect(new ByteReader(encodeVarUint(value)).readVarUint()).toBe(value);
  });

  it('refuses a number above 2^53 − 1', () => {
    expect(() => new ByteReader(bytes('ffffffffffffff7f')).readVarUint()).toThrow(MalformedBytes);
  });

  it('refuses UTF-8 that is not, and keeps a byte order mark', () => {
    expect(() => new ByteReader(bytes('02fffe')).readVarString()).toThrow(MalformedBytes);
    expect(new ByteReader(bytes('04efbbbf61')).readVarString()).toBe('\ufeffa');
  });
});
