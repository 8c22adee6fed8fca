import { describe, expect, it } from 'vitest';
import { MalformedBytes } from '../../src/shared/protocol/byte-reader';
import {
  cleanName,
  decodeAwareness,
  encodeAwareness,
  LARGEST_STATE,
  LONGEST_NAME,
  parsePresence,
} from '../../src/shared/protocol/presence';

describe('awareness entries', () => {
  it('come back as they went', () => {
    const entries = [
      { id: 5, clock: 1, state: '{"user":{"name":"Zoë 🦊"}}' },
      { id: 2 ** 32, clock: 2 ** 35, state: 'null' },
    ];
    expect(decodeAwareness(encodeAwareness(entries))).toEqual(entries);
  });

  it.each([
    ['a count of 2^40', Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['more entries than bytes', Uint8Array.of(9, 1, 1, 0)],
    ['an entry cut short', Uint8Array.of(1, 5, 1, 4, 110, 117)],
    ['bytes after the end', Uint8Array.of(0, 0)],
  ])('with %s are refused', (_what, bytes) => {
    expect(() => decodeAwareness(bytes)).toThrow(MalformedBytes);
  });
});

describe('a presence state', () => {
  it('R1 keeps known fields only', () => {
    const state = parsePresence(
      '{"user":{"name":"Ada","color":"#AA00ff","email":"a@b"},"cursor":{"anchor":{"type":null,"tname":"content","item":{"client":1,"clock":2},"assoc":0},"head":{"tname":"content"}},"path":"/home"}',
    );
    expect(state).toEqual({
      user: { name: 'Ada', color: '#AA00ff' },
      cursor: { anchor: { tname: 'content', item: { client: 1, clock: 2 }, assoc: 0 }, head: { tname: 'content' } },
    });
  });

  it('null means that the person left', () => {
    expect(parsePresence('null')).toBeNull();
  });

  it.each(['5', '"s"', '[1]', '{', 'x'.repeat(LARGEST_STATE + 1), '['.repeat(4000)])('R1 refuses what is not an object: %.20s', (json) => {
    expect(() => parsePresence(json)).toThrow(MalformedBytes);
  });

  it('R2 never lets a colour be anything else', () => {
    expect(parsePresence('{"user":{"name":"x","color":"red;background:url(//evil)"}}')?.user?.color).toBe('#808080');
    expect(parsePresence('{"user":{"name":"x","color":"#123456","colorLight":"#12345633;"}}')?.user).toEqual({
      name: 'x',
      color: '#123456',
    });
  });

  it('R2 makes a name one line of visible text', () => {
    expect(cleanName('x\n\ndata: evil')).toBe('x data: evil');
    expect(cleanName('  \u202eevil\u0000 \ud800 ')).toBe('evil');
    expect([...cleanName('🦊'.repeat(200))]).toHaveLength(LONGEST_NAME);
  });
});
